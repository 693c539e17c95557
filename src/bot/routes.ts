/** Routes as layers: each is given a message and the way on to the next. */
import type { Next, RouteOptions } from "./api.ts";
import type { MessageContext } from "./context.ts";
import { readDuration } from "./duration.ts";
import { RateLimit } from "./rate-limit.ts";

export interface Route {
  /** For people: what it is and where it was written. */
  readonly label: string;
  /** How long its handler may take; `undefined`: as long as any. */
  readonly timeoutMs: number | undefined;
  /** Whether it stands around the others rather than among them. */
  readonly isMiddleware: boolean;
  /** The handler's call for this message, or `undefined` when the route does not match. */
  match(ctx: MessageContext): ((next: Next) => unknown) | undefined;
}

/**
 * Gives the message to the first route that matches, and to later ones as far as `next()` is called. Not `async`: in the sandbox each
 * such function makes several promises.
 *
 * @param onRoute Told of each route before its handler is called.
 * @param from The route to begin with.
 */
export function runRoutes(
  routes: readonly Route[],
  ctx: MessageContext,
  onRoute: (route: Route) => void,
  from = 0,
): Promise<void> {
  for (let i = from; i < routes.length; i++) {
    const route = routes[i];
    const handle = route?.match(ctx);
    if (route === undefined || handle === undefined) continue;
    onRoute(route);
    let rest: Promise<void> | undefined;
    const handled = promiseOf(() =>
      handle(() => {
        rest ??= promiseOf(() => runRoutes(routes, ctx, onRoute, i + 1));
        return rest;
      }),
    );
    // A handler that did not wait for the rest still answers for it: its failure is this message's failure.
    return handled.then(() => rest);
  }
  return Promise.resolve();
}

/** Becomes what the call does, whether it returns a promise or not. */
export function promiseOf<T>(call: () => T | PromiseLike<T>): Promise<T> {
  try {
    return Promise.resolve(call());
  } catch (error) {
    return Promise.reject(error);
  }
}

/** Who may call, and how often. */
export class Guard {
  readonly #allow: readonly string[] | undefined;
  readonly #limit: RateLimit | undefined;
  readonly #hasRole: (nick: string, role: string) => boolean;
  readonly #nowMs: () => number;
  readonly timeoutMs: number | undefined;

  /** @throws {TypeError} for options that are none. */
  constructor(
    { allow, limit, timeout }: RouteOptions,
    hasRole: (nick: string, role: string) => boolean,
    nowMs: () => number,
  ) {
    this.#allow = allow;
    this.#limit = limit === undefined ? undefined : new RateLimit(limit);
    this.timeoutMs = timeout === undefined ? undefined : readDuration(timeout);
    this.#hasRole = hasRole;
    this.#nowMs = nowMs;
  }

  admits(nick: string): boolean {
    return this.#allow === undefined || this.#allow.some((role) => this.#hasRole(nick, role));
  }

  /**
   * The handler's call, or in its place what those are told who may not.
   *
   * @param refused Told why, for the log.
   */
  guard(
    ctx: MessageContext,
    call: (next: Next) => unknown,
    refused: (why: string) => void,
  ): (next: Next) => unknown {
    const nick = ctx.message.from;
    if (!this.admits(nick)) {
      const roles = (this.#allow ?? []).join(" and ");
      refused(`not allowed: it is for ${roles}`);
      return () => ctx.reply(`Only ${roles} may do that.`);
    }
    const exceeded = this.#limit?.call(nick, this.#nowMs());
    if (exceeded === undefined) return call;
    refused("over its limit");
    const { tell } = exceeded;
    return () => (tell === undefined ? undefined : ctx.reply(tell));
  }
}
