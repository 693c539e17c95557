/** Routes as layers: each is given a message and the way on to the next. */
import type { MessageContext, Next } from "./api.ts";

export interface Route {
  /** For people: what it is and where it was written. */
  readonly label: string;
  /** The handler's call for this message, or `undefined` when the route does not match. */
  match(ctx: MessageContext): ((next: Next) => unknown) | undefined;
}

/**
 * Gives the message to the first route that matches, and to later ones as far as `next()` is called.
 *
 * @param onRoute Told of each route before its handler is called.
 */
export async function runRoutes(
  routes: readonly Route[],
  ctx: MessageContext,
  onRoute: (route: Route) => void,
): Promise<void> {
  for (const [i, route] of routes.entries()) {
    const handle = route.match(ctx);
    if (handle === undefined) continue;
    onRoute(route);
    let rest: Promise<void> | undefined;
    await handle(() => {
      rest ??= runRoutes(routes.slice(i + 1), ctx, onRoute);
      return rest;
    });
    // A handler that did not wait for the rest still answers for it: its failure is this message's failure.
    await rest;
    return;
  }
}
