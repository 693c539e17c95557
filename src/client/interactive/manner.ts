/**
 * How the interactive client behaves. `modern` registers by itself and knows one's own nickname; `classic` does what
 * the original did: nothing happens before `reg <nick>`, and `dereg` wants the nickname too.
 */
export type Manner = "modern" | "classic";
