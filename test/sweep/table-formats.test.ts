/** Every format of a sweep's table, in full. */
import { describe, expect, it } from 'vitest';
import { csvText, jsonText, latexText, markdownText, terminalText } from '../../src/sweep/table-formats.ts';
import { sweepTable } from '../../src/sweep/table.ts';
import { VERSION } from '../../src/version.ts';
import { result } from './results.ts';

const OBJECTIVE = { metric: 'test/episode_return_mean', at: 'last' } as const;

const SPREAD = { env_id: 'a_b', tau: 0.012345 };
const QUOTED = { env_id: 'c|d, "e"', tau: 0.5 };
const TABLE = sweepTable(
  [
    ...[-22, -20].map((last, k) => result({ group: '1-a', seed: k + 1, keys: SPREAD, returns: [last] })),
    result({ group: '2-c', seed: 1, keys: QUOTED, returns: [-10.5] }),
    result({ group: '3-x', seed: 1, keys: { env_id: 'x' } }),
    result({ group: '2-c', seed: 101, keys: QUOTED, returns: [0], confirmed: -12 }),
  ],
  OBJECTIVE,
);
const TAG = sweepTable(
  [result({ group: '1', seed: 1, returns: [7], teams: { adversary: [30], agent: [-62] } })],
  OBJECTIVE,
);

const lines = (...all: readonly string[]): string => all.map((line) => `${line}\n`).join('');

describe('in a terminal, a table', () => {
  it('has a line for each group, confirmed ones first', () => {
    expect(terminalText(TABLE)).toBe(
      lines(
        'Confirmed: returns on fresh episodes, trained on fresh seeds',
        'These are the results to report.',
        '',
        'group  env_id    tau  seeds    mean     IQM  95 % interval   worst    best  seconds  steps',
        '2-c    c|d, "e"  0.5    1/1  -12.00  -12.00              -  -12.00  -12.00       27   1000',
        '',
        'Search: test/episode_return_mean of the last evaluation',
        'The best of many scores is partly luck: confirm it on fresh seeds before you report it.',
        '',
        'group  env_id    tau     seeds    mean     IQM     95 % interval   worst    best  seconds  steps',
        '2-c    c|d, "e"  0.5       1/1  -10.50  -10.50                 -  -10.50  -10.50      2.3   1000',
        '1-a    a_b       0.0123    2/2  -21.00  -21.00  [-22.00, -20.00]  -22.00  -20.00      2.4   1000',
        '3-x    x         -         0/1       -       -                 -       -       -        -      -',
      ),
    );
  });

  it('puts the keys below and leaves out columns where it is narrow', () => {
    expect(terminalText(TABLE, 56)).toBe(
      lines(
        'Confirmed: returns on fresh episodes, trained on fresh',
        'seeds',
        'These are the results to report.',
        '',
        'group  seeds     IQM  95 % interval   worst    best',
        '2        1/1  -12.00              -  -12.00  -12.00',
        '  env_id c|d, "e", tau 0.5',
        '',
        'Search: test/episode_return_mean of the last evaluation',
        'The best of many scores is partly luck: confirm it on',
        'fresh seeds before you report it.',
        '',
        'group  seeds     IQM     95 % interval   worst    best',
        '2        1/1  -10.50                 -  -10.50  -10.50',
        '  env_id c|d, "e", tau 0.5',
        '1        2/2  -21.00  [-22.00, -20.00]  -22.00  -20.00',
        '  env_id a_b, tau 0.0123',
        '3        0/1       -                 -       -       -',
        '  env_id x',
      ),
    );
  });

  it('has a column for each of several teams, and warns of no choice where there was none', () => {
    expect(terminalText(TAG)).toBe(
      lines(
        'Scores: test/episode_return_mean of the last evaluation',
        '',
        'group  seeds  mean   IQM  95 % interval  worst  best  IQM adversary  IQM agent  seconds  steps',
        '1        1/1  7.00  7.00              -   7.00  7.00          30.00     -62.00      2.3   1000',
      ),
    );
  });
});

it('in Markdown, a table is aligned and escaped', () => {
  expect(markdownText(TABLE)).toBe(
    lines(
      '**Confirmed: returns on fresh episodes, trained on fresh seeds.** These are the results to report.',
      '',
      '| env_id    | tau | seeds |   mean |    IQM | 95 % interval |  worst |   best | seconds | steps |',
      '| --------- | --- | ----: | -----: | -----: | ------------: | -----: | -----: | ------: | ----: |',
      '| c\\|d, "e" | 0.5 |   1/1 | -12.00 | -12.00 |             - | -12.00 | -12.00 |      27 |  1000 |',
      '',
      '**Search: test/episode_return_mean of the last evaluation.** The best of many scores is partly luck: confirm it on ' +
        'fresh seeds before you report it.',
      '',
      '| env_id    | tau    | seeds |   mean |    IQM |    95 % interval |  worst |   best | seconds | steps |',
      '| --------- | ------ | ----: | -----: | -----: | ---------------: | -----: | -----: | ------: | ----: |',
      '| c\\|d, "e" | 0.5    |   1/1 | -10.50 | -10.50 |                - | -10.50 | -10.50 |     2.3 |  1000 |',
      '| a_b       | 0.0123 |   2/2 | -21.00 | -21.00 | [-22.00, -20.00] | -22.00 | -20.00 |     2.4 |  1000 |',
      '| x         | -      |   0/1 |      - |      - |                - |      - |      - |       - |     - |',
    ),
  );
});

it('in LaTeX, a table is a tabular of booktabs, escaped', () => {
  expect(latexText(TABLE)).toBe(
    lines(
      '\\begin{tabular}{llrrrrrrrr}',
      '\\multicolumn{10}{l}{Confirmed: returns on fresh episodes, trained on fresh seeds.} \\\\',
      '\\multicolumn{10}{l}{These are the results to report.} \\\\',
      '\\toprule',
      'env\\_id & tau & seeds & mean & IQM & 95 \\% interval & worst & best & seconds & steps \\\\',
      '\\midrule',
      'c\\textbar{}d, "e" & 0.5 & 1/1 & $-12.00$ & $-12.00$ & - & $-12.00$ & $-12.00$ & 27 & 1000 \\\\',
      '\\bottomrule',
      '\\end{tabular}',
      '',
      '\\begin{tabular}{llrrrrrrrr}',
      '\\multicolumn{10}{l}{Search: test/episode\\_return\\_mean of the last evaluation.} \\\\',
      '\\multicolumn{10}{l}{The best of many scores is partly luck: confirm it on fresh seeds before you report it.} \\\\',
      '\\toprule',
      'env\\_id & tau & seeds & mean & IQM & 95 \\% interval & worst & best & seconds & steps \\\\',
      '\\midrule',
      'c\\textbar{}d, "e" & 0.5 & 1/1 & $-10.50$ & $-10.50$ & - & $-10.50$ & $-10.50$ & $2.3$ & 1000 \\\\',
      'a\\_b & 0.0123 & 2/2 & $-21.00$ & $-21.00$ & $[-22.00, -20.00]$ & $-22.00$ & $-20.00$ & $2.4$ & 1000 \\\\',
      'x & - & 0/1 & - & - & - & - & - & - & - \\\\',
      '\\bottomrule',
      '\\end{tabular}',
    ),
  );
});

it('in CSV, a table follows RFC 4180, has whole numbers and both phases', () => {
  expect(csvText(TABLE)).toBe(
    [
      'phase,group,env_id,tau,finished,seeds,mean,iqm,low,high,worst,best,seconds,steps',
      'confirm,2-c,"c|d, ""e""",0.5,1,1,-12,-12,,,-12,-12,27.25,1000',
      'search,2-c,"c|d, ""e""",0.5,1,1,-10.5,-10.5,,,-10.5,-10.5,2.25,1000',
      'search,1-a,a_b,0.012345,2,2,-21,-21,-22,-20,-22,-20,2.375,1000',
      'search,3-x,x,,0,1,,,,,,,,',
      '',
    ].join('\r\n'),
  );
  expect(csvText(TAG)).toBe(
    'phase,group,finished,seeds,mean,iqm,low,high,worst,best,seconds,steps,iqm adversary,iqm agent\r\n' +
      'search,1,1,1,7,7,,,7,7,2.25,1000,30,-62\r\n',
  );
});

it('in JSON, a table has the score of every trial', () => {
  const of = (value: number) => ({ mean: value, iqm: value, interval: null, worst: value, best: value });
  expect(JSON.parse(jsonText(TAG, { next: null }))).toEqual({
    ...{ maddpg: VERSION, objective: OBJECTIVE, confirmed: [], next: null },
    search: [
      {
        ...{ group: '1', keys: {}, finished: 1, seeds: 1, seconds: 2.25, steps: 1000 },
        scores: [
          {
            ...{ trial: '1-s1', seed: 1, score: 7, seconds: 2.25, steps: 1000 },
            teams: { adversary: 30, agent: -62 },
          },
        ],
        statistics: of(7),
        teams: { adversary: of(30), agent: of(-62) },
      },
    ],
  });
});
