/** Answers the checks of cases.ts with C: a program for every case, compiled without a warning. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { ROWS, type Check } from './cases.ts';

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
  const { inputs, mask, stem, kind, width, identifier } = check;
  const network = check.networks > 1 ? `, ${check.network}` : '';
  const files = [...inputs, ...(mask === undefined ? [] : [{ name: 'given', width, file: mask }])];
  const given = inputs.map(({ name }) => name).join(', ');
  const size = { box: width, value: 1, discrete: 2 }[kind];
  const act = {
    box: [`${identifier}_act(${given}, y${network});`],
    value: [`y[0] = ${identifier}_value(${given}${network});`],
    discrete: [
      `unsigned char mask[${width}];`,
      `for (int k = 0; k < ${width}; k++) mask[k] = given[k] > 0;`,
      `y[0] = (float)${identifier}_act(${given}, NULL${network});`,
      `y[1] = (float)${identifier}_act(${given}, mask${network});`,
    ],
  }[kind];
  const lines = [
    ...files.map(({ name, width: wide }) => `static float ${name}[${wide}];`),
    ...files.map(({ name, file }) => `FILE *${name}_file = opened(${JSON.stringify(file)}, "rb");`),
    `FILE *out = opened(${JSON.stringify(`${stem}.c`)}, "wb");`,
    `for (int row = 0; row < ${ROWS}; row++) {`,
    `  float y[${size}];`,
    ...files.map(({ name, width: wide }) => `  take(${name}, ${wide}, ${name}_file);`),
    ...act.map((line) => `  ${line}`),
    `  fwrite(y, sizeof(float), ${size}, out);`,
    '}',
    ...files.map(({ name }) => `fclose(${name}_file);`),
    'fclose(out);',
  ];
  return lines.map((line) => `  ${line}\n`).join('');
}
