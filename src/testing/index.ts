/** `import { testBot } from "udpchat/testing"` */
export type { LoggedLine, TestFault } from "./conversation.ts";
export {
  type TestBot,
  type TestBotOptions,
  type TestHttp,
  type TestHttpAnswer,
  testBot,
} from "./test-bot.ts";
export type { TestNetwork } from "./test-network.ts";
export type { TestUser } from "./test-user.ts";
