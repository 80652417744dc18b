// Numbers, sizes and times as people read them.
const whole = new Intl.NumberFormat('en', {maximumFractionDigits: 0});

export const count = (n: number): string => whole.format(n);

const grouped = (text: string): string => text.replace(/^-?\d+/, (digits) => digits.replace(/\B(?=(?:\d{3})+$)/g, ','));

/** All the digits that the command line prints, thousands apart; an exponent where Python's repr has one. */
export function number(n: number | string): string {
  if (typeof n === 'string') return grouped(n);
  const size = Math.abs(n);
  if (size !== 0 && (size >= 1e16 || size < 1e-4)) return n.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  return grouped(String(n));
}

export function bytes(n: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let unit = 0;
  while (n >= 1000 && unit < units.length - 1) n /= 1000, ++unit;
  return `${unit === 0 ? n : n.toFixed(n < 10 ? 2 : n < 100 ? 1 : 0)} ${units[unit]}`;
}

/** Never 0% of some, nor 100% of not all. */
export function share(part: number, all: number): string {
  if (!all) return '';
  const percent = (100 * part) / all;
  if (percent > 0 && percent < 0.05) return '<0.1%';
  if (percent < 100 && percent > 99.95) return '>99.9%';
  const text = percent.toFixed(percent >= 10 ? 0 : 1);
  return `${percent === 0 ? '0' : text === '100' && percent < 100 ? percent.toFixed(1) : text}%`;
}

export function duration(ms: number): string {
  if (ms < 0) return '0 s';
  const s = ms / 1000;
  if (s < 10) return `${s.toFixed(s < 1 ? 2 : 1)} s`;
  if (s < 60) return `${Math.round(s)} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${Math.round(s % 60)} s`;
  return `${Math.floor(s / 3600)} h ${Math.round((s % 3600) / 60)} min`;
}

/** Local time, to the second, sortable by eye. */
export function time(iso: string | null | undefined): string {
  if (!iso) return '';
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const two = (n: number) => String(n).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ` +
    `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

export const words = (n: number, one: string, many = one + 's'): string => `${count(n)} ${n === 1 ? one : many}`;
