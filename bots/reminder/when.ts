/** Times as people say them. */

export interface When {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  /** What of the text is not the time. */
  readonly rest: string;
}

const DAY_MS = 86_400_000;
const UNITS_MS = { second: 1_000, minute: 60_000, hour: 3_600_000, day: DAY_MS, week: 7 * DAY_MS };
const WEEKDAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

const SPAN = /^in (an?|\d{1,4}) ?(s|sec|m|min|h|d|w|(?:second|minute|hour|day|week)s?)\b/i;
const DAY = new RegExp(`^(?:on )?(today|tomorrow|${WEEKDAYS.join("|")})\\b,? *`, "i");
const CLOCK = /^(at )?(?:(noon|midnight)|([01]?\d|2[0-3])(?::([0-5]\d))?(?: ?([ap])m)?)(?![\w:])/i;

/**
 * Reads `in 10 minutes`, `at 17:30`, `tomorrow at 9`, `friday 2 pm`, `tomorrow`, at the beginning of a text. A time of the
 * day that has passed means tomorrow, a weekday the next one, a day without a time 9 in the morning.
 *
 * @returns `undefined` when the text does not begin with a time.
 */
export function readWhen(text: string, nowMs: number, timeZone: string): When | undefined {
  const span = SPAN.exec(text);
  if (span !== null) {
    const [all, count = "", unit = ""] = span;
    const length = Object.entries(UNITS_MS).find(([name]) => name[0] === unit[0]?.toLowerCase())?.[1] ?? 0;
    const times = /^an?$/i.test(count) ? 1 : Number(count);
    return { atMs: nowMs + times * length, rest: textAfter(text, all) };
  }

  const [dayText = "", day = ""] = DAY.exec(text) ?? [];
  const afterDay = text.slice(dayText.length);
  const clock = CLOCK.exec(afterDay);
  const [clockText = "", at, word, hours, minutes, half] = clock ?? [];
  // A bare number is a number, unless something says that it is a time.
  if (day === "" && (at ?? word ?? minutes ?? half) === undefined) return undefined;

  const hour = word === undefined ? hourOf(Number(hours ?? 9), half) : word.toLowerCase() === "noon" ? 12 : 0;
  const today = localDayMs(nowMs, timeZone);
  const on = (days: number) => utcMs(today + days * DAY_MS, hour, Number(minutes ?? 0), timeZone);
  return {
    atMs: on(daysUntil(day.toLowerCase(), today, on(0) > nowMs)),
    rest: textAfter(afterDay, clockText),
  };
}

function daysUntil(day: string, todayMs: number, isStillToCome: boolean): number {
  if (day === "tomorrow") return 1;
  const weekday = WEEKDAYS.indexOf(day);
  if (weekday < 0) return isStillToCome ? 0 : 1;
  const days = (weekday - new Date(todayMs).getUTCDay() + 7) % 7;
  return days === 0 && !isStillToCome ? 7 : days;
}

function hourOf(hour: number, half: string | undefined): number {
  if (half === undefined) return hour;
  return (hour % 12) + (half.toLowerCase() === "p" ? 12 : 0);
}

/** The day that it is there, as midnight UTC of the same date. */
function localDayMs(ms: number, timeZone: string): number {
  return Math.floor((ms + offsetMs(ms, timeZone)) / DAY_MS) * DAY_MS;
}

function utcMs(localDay: number, hour: number, minute: number, timeZone: string): number {
  const local = localDay + hour * UNITS_MS.hour + minute * UNITS_MS.minute;
  // The offset is that of the result, which is known only with it: once more for the days on which clocks change.
  const guess = local - offsetMs(local, timeZone);
  return local - offsetMs(guess, timeZone);
}

/** How far local time is ahead of UTC. */
function offsetMs(ms: number, timeZone: string): number {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    dateStyle: "short",
    timeStyle: "medium",
    hourCycle: "h23",
  });
  const [month = 0, day = 0, year = 0, hour = 0, minute = 0, second = 0] = (
    format.format(ms).match(/\d+/g) ?? []
  ).map(Number);
  return Date.UTC(2000 + year, month - 1, day, hour, minute, second) - Math.floor(ms / 1_000) * 1_000;
}

function textAfter(text: string, taken: string): string {
  return text
    .slice(taken.length)
    .replace(/^[\s,:]+/, "")
    .replace(/^(?:to|that) /i, "");
}
