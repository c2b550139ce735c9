// The heat map as plotly is told it: a trace of colours and a layout of axes, on a scale of its own.

import { scaleOf } from './terrain.js';

const AXIS = {
  showgrid: false,
  zeroline: false,
  ticks: 'outside',
  showline: true,
  mirror: true,
  automargin: false,
  fixedrange: true,
};

export const CONFIG = {
  staticPlot: true,
  displayModeBar: false,
  responsive: false,
  showTips: false,
};

// look: of HeatMap.draw().
export function traceOf(look) {
  return {
    type: 'heatmap',
    z: look.rows,
    x0: look.angles[0],
    dx: 360 / look.angles.length,
    y0: 0,
    dy: 1,
    zmin: 0,
    zmax: 1,
    zauto: false,
    colorscale: scaleOf(look.theme),
    showscale: false,
    hoverinfo: 'skip',
    zsmooth: 'fast',
  };
}

// room: {width, height, margin: {l, r, t, b}} in units, of which plotly is told `zoom` pixels each;
// style: {family, text, edge}; ticks: [{row, text}] of the settings.
export function layoutOf(look, { room, zoom, style, ticks }) {
  const font = { size: 12 * zoom };
  const axis = { ...AXIS, ticklen: 4 * zoom, tickcolor: style.edge, linecolor: style.edge };
  return {
    width: room.width * zoom,
    height: room.height * zoom,
    margin: Object.fromEntries(
      Object.entries(room.margin).map(([side, size]) => [side, size * zoom]),
    ),
    paper_bgcolor: 'rgba(0,0,0,0)',
    plot_bgcolor: 'rgba(0,0,0,0)',
    showlegend: false,
    font: { ...font, family: style.family, color: style.text },
    xaxis: {
      ...axis,
      range: [-180, 180],
      tickvals: [-180, -90, 0, 90, 180],
      ticktext: ['−180°', '−90°', '0°', '90°', '180°'],
      title: { text: look.foot, standoff: 4 * zoom, font },
    },
    yaxis: {
      ...axis,
      range: [-0.5, look.settings.length - 0.5],
      tickvals: ticks.map(({ row }) => row),
      ticktext: ticks.map(({ text }) => text),
    },
  };
}
