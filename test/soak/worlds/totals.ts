import type { Rule } from "./breach.ts";
import type { SeedReport } from "./report.ts";

/** All seeds of a run added up. */
export interface Totals {
  readonly seeds: number;
  readonly virtualHours: number;
  readonly datagrams: number;
  readonly sent: number;
  readonly shown: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly violations: readonly { readonly seed: number; readonly rules: readonly Rule[] }[];
}

export function totalsOf(reports: readonly SeedReport[]): Totals {
  const faults: Record<string, number> = {};
  for (const { figures } of reports) {
    for (const [kind, count] of Object.entries(figures.faults)) faults[kind] = (faults[kind] ?? 0) + count;
  }
  const sum = (of: (report: SeedReport) => number): number =>
    reports.reduce((total, one) => total + of(one), 0);
  return {
    seeds: reports.length,
    virtualHours: sum(({ figures }) => figures.virtualMs) / 3_600_000,
    datagrams: sum(({ figures }) => figures.datagrams),
    sent: sum(({ figures }) => figures.sent),
    shown: sum(({ figures }) => figures.shown),
    faults,
    violations: reports
      .filter(({ breaches }) => breaches.length > 0)
      .map(({ seed, breaches }) => ({ seed, rules: [...new Set(breaches.map(({ rule }) => rule))] }))
      .sort((a, b) => a.seed - b.seed),
  };
}

export function totalsText({
  seeds,
  virtualHours,
  datagrams,
  sent,
  shown,
  faults,
  violations,
}: Totals): string {
  const befell = Object.entries(faults).map(
    ([kind, count]) => `${count.toLocaleString("en")} ${PLURALS[kind] ?? kind}`,
  );
  const listed = violations.map(({ seed, rules }) => `  seed ${seed}: ${rules.join(", ")}`);
  return [
    `${seeds.toLocaleString("en")} seeds, ${virtualHours.toFixed(1)} virtual hours, ${datagrams.toLocaleString("en")} datagrams, ` +
      `${sent.toLocaleString("en")} messages sent, ${shown.toLocaleString("en")} shown`,
    `faults: ${befell.join(", ")}`,
    violations.length === 0 ? "no violation" : `violations: ${violations.length}`,
    ...listed,
  ].join("\n");
}

const PLURALS: Readonly<Record<string, string>> = {
  partition: "partitions",
  "client crash": "client crashes",
  "server crash": "server crashes",
  "clock jump": "clock jumps",
};
