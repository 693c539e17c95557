import type { LedgerView } from "../run/result.ts";
import { formatMs } from "../run/wording.ts";
import { levels } from "./clauses.ts";
import { profileWords } from "./report-text.ts";
import {
  type ConformanceResult,
  percent,
  type Score,
  STATUS_WORDS,
  scores,
  type Verdict,
} from "./verdict.ts";

/** A page that stands alone: no script, no style sheet, no font from elsewhere. */
export function conformanceHtml(result: ConformanceResult): string {
  const { candidates, verdicts, elapsedMs } = result;
  const { all, ...byLevel } = scores(verdicts);
  const name = candidates.map((candidate) => candidate.name).join(" and ");
  const sections = levels.flatMap((level) => {
    const own = verdicts.filter(({ clause }) => clause.level === level);
    if (own.length === 0) return [];
    return `<h2>${level === "exercise" ? "The exercise" : "Robustness"} <small>${words(byLevel[level])}</small></h2>
${own.map(clauseOf).join("\n")}`;
  });
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>UdpChat conformance: ${text(name)}</title>
<style>${STYLE}</style>
<h1>UdpChat conformance: ${text(name)}</h1>
${candidates.map(({ command, profile }) => `<p><code>${text(command)}</code><br>${text(profileWords(profile))}</p>`).join("\n")}
<p class="score">${percent(all)} % <small>${words(all)} clauses, in ${formatMs(elapsedMs)}</small></p>
<p class="legend"><b class="passed">passed</b> as the exercise has it · <b class="failed">failed</b> otherwise · <b class="by-profile">expected by profile</b> the exercise
leaves it open, and so the implementation's profile has it · <b class="not-applicable">not applicable</b> not looked at, and why</p>
${sections.join("\n")}
</html>
`;
}

function clauseOf({ clause, status, note, failures }: Verdict): string {
  const [failure] = failures;
  const verdict = STATUS_WORDS[status] + (note === undefined ? "" : `: ${note}`);
  const detail =
    failure === undefined
      ? ""
      : `<dl><dt>step</dt><dd>${text(failure.step)}</dd><dt>expected</dt><dd>${text(failure.expected)}</dd>
<dt>came</dt><dd>${failure.found.map(text).join("<br>")}</dd></dl>
<div class="screens">${failure.ledgers.map(screenOf).join("\n")}</div>`;
  return `<details id="${text(clause.id)}"${status === "failed" ? " open" : ""}>
<summary><b class="${status}">${text(clause.title)}</b> <span>${text(verdict)}</span></summary>
<p>${text(clause.words).replaceAll(/`([^`]+)`/g, "<code>$1</code>")}</p>
${detail}</details>`;
}

function screenOf({ client, lines, omitted }: LedgerView): string {
  const rows = lines.map(({ atMs, text: line, near }) => {
    const time = (atMs / 1_000).toFixed(2).padStart(7);
    return `<i>${time}</i> ${near ? "<mark>" : ""}${text(line)}${near ? "</mark>" : ""}`;
  });
  const before = omitted > 0 ? `<i>… ${omitted} before that</i>\n` : "";
  return `<figure><figcaption>${text(client)}</figcaption><pre>${before}${rows.join("\n")}</pre></figure>`;
}

function words({ good, of }: Score): string {
  return `${good} of ${of}`;
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** As text, whatever it holds: a program may have shown anything. */
function text(given: string): string {
  return given
    .replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? character)
    .replaceAll(/(?![\n\t])\p{C}/gu, "\u{FFFD}");
}

const STYLE = `
:root { color-scheme: light dark; --good: #17803d; --bad: #c62828; --open: #0b6fa4; --dim: #777; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  overflow-wrap: anywhere; }
small, .legend, summary span { color: var(--dim); font-weight: normal; font-size: 0.85em; }
.score { font-size: 2rem; font-weight: bold; margin: 0; }
details { border-bottom: 1px solid #8884; padding: 0.3rem 0; }
summary { cursor: pointer; }
.passed::before { content: "✓ "; } .failed::before { content: "✗ "; }
.by-profile::before { content: "~ "; } .not-applicable::before { content: "– "; }
.passed { color: var(--good); } .failed { color: var(--bad); } .by-profile { color: var(--open); } .not-applicable { color: var(--dim); }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0.2rem 1rem; margin: 0 0 0.5rem; }
dt { color: var(--dim); } dd { margin: 0; }
figure { margin: 0 0 0.5rem; } figcaption { font-weight: bold; }
pre { overflow-x: auto; background: #8881; padding: 0.5rem; margin: 0; font-size: 0.85rem; }
pre i { color: var(--dim); font-style: normal; }
`;
