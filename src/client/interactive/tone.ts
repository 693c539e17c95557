/** What kind of line is shown, for whoever colours it. `heading`, `online` and `offline` are lines of the table. */
export type Tone = "message" | "status" | "problem" | "list" | "heading" | "online" | "offline";
