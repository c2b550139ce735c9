// While a page waits for Streamlit: where the server turns away its sockets the page never comes, and
// this says why. Loaded with the shell, before any view.

import { setText } from './dom.js';
import { socketUrl } from './socket.js';

const PATIENCE = 2500;
const COME = '[data-testid="stSidebar"], [data-testid="stExpandSidebarButton"]';

function ask() {
  const place = document.querySelector('[data-waiting]');
  if (!place || document.querySelector(COME)) return;
  const ws = new WebSocket(socketUrl(new URL('../..', import.meta.url).href.slice(0, -1)));
  ws.onopen = () => setTimeout(() => ws.close(), PATIENCE);
  ws.onmessage = ({ data }) => {
    const said = JSON.parse(data);
    if (said.type === 'refused') setText(place, said.message);
  };
}

setTimeout(ask, PATIENCE);
