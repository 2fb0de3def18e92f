import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { watch, type Watching } from '../../src/report/watch.ts';

let stamp = '1';
let watching: Watching;
beforeEach(async () => {
  stamp = '1';
  watching = await watch(
    {
      stamp: () => stamp,
      page: () => Promise.resolve(`page ${stamp}`),
      news: () => Promise.resolve(`news ${stamp}`),
    },
    0,
    (error) => {
      throw error;
    },
  );
});
afterEach(() => watching.close());

function ask(
  path: string,
  { method = 'GET', host }: { method?: string; host?: string } = {},
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    request(
      new URL(path, watching.url),
      { method, headers: host === undefined ? {} : { host } },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => {
          resolve([response.statusCode, text]);
        });
      },
    )
      .on('error', reject)
      .end();
  });
}

describe('a watched report', () => {
  it('is served to this machine only, for reading', async () => {
    expect(new URL(watching.url).hostname).toBe('127.0.0.1');
    expect(await ask('/')).toEqual([200, 'page 1']);
    expect(await ask('/', { host: 'localhost:1234' })).toEqual([200, 'page 1']);
    expect(await ask('/', { host: 'evil.example' })).toEqual([403, 'expected 127.0.0.1 as host\n']);
    expect(await ask('/', { host: '127.0.0.1.evil.example' })).toEqual([403, 'expected 127.0.0.1 as host\n']);
    expect(await ask('/', { method: 'POST' })).toEqual([405, 'expected GET\n']);
    expect(await ask('/../etc/passwd')).toEqual([404, 'expected /\n']);
  });

  it('sends news to its pages when the runs change', async () => {
    let heard = '';
    request(new URL('/news', watching.url), (response) => {
      response.setEncoding('utf8').on('data', (part: string) => {
        heard += part;
        stamp = '2'; // once the page listens
      });
    }).end();
    // First what happened before it listened.
    await expect.poll(() => heard, { timeout: 10_000 }).toBe('data: news 1\n\ndata: news 2\n\n');
  });
});
