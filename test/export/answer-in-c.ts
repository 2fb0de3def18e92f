/** Answers the checks of cases.ts with C: a program for every case, compiled without a warning. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { ENVIRONMENTS, ROWS, type Check } from './cases.ts';

export const COMPILER = process.env['CC'] ?? 'cc';
export const WARNINGS = ['-std=c99', '-Wall', '-Wextra', '-pedantic', '-Werror'];

export function answerInC(checks: readonly Check[]): void {
  const folders = new Set(checks.map(({ folder }) => folder));
  for (const folder of folders) {
    const source = path.join(folder, 'answer.c');
    const program = path.join(folder, 'answer');
    fs.writeFileSync(source, programOf(checks.filter((check) => check.folder === folder)));
    execFileSync(COMPILER, [...WARNINGS, '-O0', source, '-o', program, '-lm']);
    execFileSync(program);
  }
}

function programOf(checks: readonly Check[]): string {
  const functions = checks.map((check, k) => `static void check_${k}(void) {\n${bodyOf(check)}}\n`);
  return `#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "c/policy.h"

static FILE *opened(const char *name, const char *mode) {
  FILE *file = fopen(name, mode);
  if (!file) exit(1);
  return file;
}

static void take(float *x, size_t n, FILE *file) {
  if (fread(x, sizeof(float), n, file) != n) exit(1);
}

${functions.join('\n')}
int main(void) {
${checks.map((_, k) => `  check_${k}();\n`).join('')}  return 0;
}
`;
}

function bodyOf(check: Check): string {
  const { inputs, mask, stem, kind, width, identifier, state, begins } = check;
  const recurrent = state > 0;
  const network = check.networks > 1 ? `, ${check.network}` : '';
  const files = [
    ...inputs,
    ...(mask === undefined ? [] : [{ name: 'given', width, file: mask }]),
    ...(recurrent ? [{ name: 'begins', width: 1, file: begins }] : []),
  ];
  const given = [...inputs.map(({ name }) => name), ...(recurrent ? ['state'] : [])].join(', ');
  const size = { box: width, value: 1, discrete: 2 }[kind];
  const act = {
    box: [`${identifier}_act(${given}, y${network});`],
    value: [`y[0] = ${identifier}_value(${given}${network});`],
    discrete: [
      `unsigned char mask[${width}];`,
      `for (int k = 0; k < ${width}; k++) mask[k] = given[k] > 0;`,
      // Two questions about one state.
      ...(recurrent ? [`float before[${state}];`, 'memcpy(before, state, sizeof before);'] : []),
      `y[0] = (float)${identifier}_act(${given}, NULL${network});`,
      ...(recurrent ? ['memcpy(state, before, sizeof before);'] : []),
      `y[1] = (float)${identifier}_act(${given}, mask${network});`,
    ],
  }[kind];
  const lines = [
    ...files.map(({ name, width: wide }) => `static float ${name}[${wide}];`),
    ...files.map(({ name, file }) => `FILE *${name}_file = opened(${JSON.stringify(file)}, "rb");`),
    `FILE *out = opened(${JSON.stringify(`${stem}.c`)}, "wb");`,
    ...(recurrent ? [`static float states[${ENVIRONMENTS}][${state}];`] : []),
    `for (int row = 0; row < ${ROWS}; row++) {`,
    `  float y[${size}];`,
    ...files.map(({ name, width: wide }) => `  take(${name}, ${wide}, ${name}_file);`),
    ...(recurrent
      ? [
          `  float *state = states[row % ${ENVIRONMENTS}];`,
          `  if (begins[0] > 0) memset(state, 0, sizeof states[0]);`,
        ]
      : []),
    ...act.map((line) => `  ${line}`),
    `  fwrite(y, sizeof(float), ${size}, out);`,
    '}',
    ...files.map(({ name }) => `fclose(${name}_file);`),
    'fclose(out);',
    ...(recurrent
      ? [
          `FILE *last = opened(${JSON.stringify(`${stem}.c.state`)}, "wb");`,
          'fwrite(states, sizeof states, 1, last);',
          'fclose(last);',
        ]
      : []),
  ];
  return lines.map((line) => `  ${line}\n`).join('');
}
