/** All verbs of the language. To add one, define it in a file of `verbs/` and name it here. */

import type { Action } from "../actions.ts";
import type { Verb } from "./verb.ts";
import { call, parallel, repeat, set } from "./verbs/blocks.ts";
import { fault, net, raw } from "./verbs/network.ts";
import { assert, expect, never } from "./verbs/observing.ts";
import { deregister, register, send } from "./verbs/people.ts";
import { bot, client, input, server } from "./verbs/programs.ts";
import { mark, settle, wait } from "./verbs/time.ts";

export const verbs: { readonly [Name in Action["verb"]]: Verb } = {
  register,
  deregister,
  send,
  expect,
  never,
  assert,
  settle,
  server,
  client,
  input,
  bot,
  net,
  fault,
  raw,
  parallel,
  repeat,
  call,
  mark,
  set,
  wait,
};

export const verbNames: readonly string[] = Object.keys(verbs);

export function isVerb(word: string): word is Action["verb"] {
  return Object.hasOwn(verbs, word);
}
