/** The client library: `import { openClient } from "udpchat"`. */
export {
  type ChatClient,
  ClientError,
  type ClientErrorCode,
  type ClientEvent,
  type ClientOptions,
  type Contact,
  type FailureReason,
  type Receipt,
  type ReceivedMessage,
  type Registration,
} from "./api.ts";
export { openClient } from "./client.ts";
