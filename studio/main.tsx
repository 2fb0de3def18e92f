/** Entry of the page. */
import { render } from 'preact';
import { App } from './app.tsx';
import { Studio } from './studio.ts';

const root = document.getElementById('studio');
if (!root) throw new Error('page: expected an element studio, got none');
render(<App studio={new Studio()} />, root);
