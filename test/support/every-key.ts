/** A scenario in which every key of the language stands at least once. It is right, and makes no sense. */
export const EVERY_KEY = `scenario: 1
name: "everything with \${text}"
spec: [section 1]
tags: [a]
timeout: 10s
vars: {max: 3s, word: hello}
matrix: {text: [a]}
net: {seed: 7, links: {"alice->bob": {loss: 1%, delay: 1ms, duplicate: 1%, reorder: 1%, corrupt: 1%}}}
server: {persist: true}
clients:
  alice: {protocol: auto}
  bob: {}
  carol: {process: {command: [cat], arguments: [-u], pty: true, cwd: ., env: {LANG: C}}}
bots:
  helper: {script: ${import.meta.filename}, nick: nurse, settings: {a: 1}, grant: {http: [a.example], secrets: {KEY: k}}, roles: {staff: [bob]}}
requires: {net: sim, platform: {oneOf: [linux, darwin]}, command: node, env: PATH}
skip: {when: {net: real}, reason: it is slow}
expectFail: {when: {text: {equals: b}}, reason: it is broken, issue: "#1"}
invariants:
  arrival: {off: no}
  once: {off: no}
  order: {off: no}
  silence: {off: no}
leftovers: allow
setup:
  - mark: start
  - set: {round: 1}
steps:
  - {name: first, if: {word: hello}, register: {client: alice, as: bob, result: refused}}
  - parallel: [[{register: alice}], [{register: bob}]]
  - send: {from: alice, to: bob, text: "\${text}", result: delivered, capture: outcome}
  - send: {from: alice, to: bob, text: "\${outcome}", capture: {tries: attempts}}
  - expect: {at: bob, message: {from: alice, text: {oneOf: [a, b]}, saved: false, auto: false}, within: "\${max}"}
  - expect: {at: bob, message: {text: {matches: "^(?<first>.)"}}, order: strict, soft: true, since: start}
  - expect: {at: bob, all: [{message: {text: {not: "\${first}"}}}, {error: {}}]}
  - expect: {at: bob, message: {text: {gt: 1}}, capture: {what: text}}
  - expect: {at: bob, message: {text: {gte: 1}}}
  - expect: {at: bob, message: {text: {lt: 1}}}
  - expect: {at: bob, message: {text: {lte: 1}}}
  - expect: {at: bob, message: {text: {exists: true}}}
  - never: {at: bob, error: {text: {contains: x}}, for: 1s, since: start}
  - assert: {at: bob, count: {message: {text: {matches: ^a}}}, equals: 1, since: start}
  - assert: {at: bob, count: {message: {}}, not: 1}
  - assert: {at: bob, count: {message: {}}, oneOf: [1, 2]}
  - assert: {at: bob, count: {message: {}}, gt: 1}
  - assert: {at: bob, count: {message: {}}, gte: 1}
  - assert: {at: bob, count: {message: {}}, lt: 1}
  - assert: {at: bob, count: {message: {}}, lte: 1}
  - assert: {at: bob, events: {message: {}}, matches: ^a}
  - assert: {at: bob, events: {message: {}}, contains: "\${what}"}
  - assert: {at: bob, events: {message: {}}, exists: true}
  - assert: {at: bob, events: [{message: {}}, {table: {alice: online}}]}
  - assert: {at: bob, table: {alice: online, nurse: {not: online}}}
  - settle: {quiet: 1s, max: 5s}
  - wait: 1ms
  - net: {link: "*", loss: 1%, delay: 1ms..2ms, duplicate: 1%, reorder: 1%, corrupt: 1%}
  - net: {partition: [[alice], [bob, server]]}
  - net: {heal: true}
  - fault: {drop: {link: "alice->bob", kind: message, nth: 2, times: 3}}
  - fault: {delay: {link: "alice->bob", kind: message, nth: 2, times: 3, by: 1s}}
  - fault: {duplicate: {kind: ack}}
  - fault: {corrupt: {kind: ack}}
  - raw: {from: alice, to: server, text: "\${tries}"}
  - raw: {from: alice, to: bob, hex: "00 ff", checksum: true}
  - repeat: {times: 2, steps: [{settle: {}}]}
  - repeat: {until: {at: bob, message: {text: done}}, max: 5s, steps: [{settle: {}}]}
  - repeat: {until: {at: bob, count: {message: {}}, equals: 2}, max: 5, steps: [{settle: {}}]}
  - if: {at: bob, table: {alice: online}}
    server: kill
  - if: {round: {gt: 1}}
    server: start
  - client: {at: bob, do: kill}
  - bot: {at: helper, do: restart}
  - input: {at: carol, line: hello}
  - input: {at: carol, command: send, line: bob hello}
  - input: {at: carol, eof: true}
  - expect: {at: carol, line: {text: hello}}
  - expect: {at: carol, shown: {what: delivered, to: bob}}
  - expect: {at: carol, exit: {code: 0}}
  - never: {at: carol, exit: {signal: SIGSEGV}}
  - never: {at: carol, datagram: {}}
finally:
  - deregister: alice
`;
