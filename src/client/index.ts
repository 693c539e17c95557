/** The client library: `import { openClient } from "udpchat"`. */

export { type Identity, identityFrom } from "../net/keys.ts";
export {
  type ChatClient,
  ClientError,
  type ClientErrorCode,
  type ClientEvent,
  type ClientOptions,
  type Contact,
  type FailureReason,
  type MessageId,
  type Receipt,
  type ReceivedMessage,
  type Registration,
  type SendOptions,
} from "./api.ts";
export { openClient } from "./client.ts";
