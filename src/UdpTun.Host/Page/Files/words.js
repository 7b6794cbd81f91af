// Figures as people read them, always with a unit; the same as the command line prints.

const units = ["B", "kB", "MB", "GB", "TB", "PB"];

/** Powers of 1000: 12 B, 3.4 MB. */
export function bytes(value) {
  let unit = 0;
  for (; value >= 999.5 && unit < units.length - 1; unit++) value /= 1000;
  const digits = unit === 0 || value >= 99.5 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

/** Bytes a second as bits a second: 1.2 Gbit/s. */
export function rate(bytesPerSecond) {
  return bytes(bytesPerSecond * 8).replace(" B", " bit").replace("B", "bit") + "/s";
}

/** The two largest units: 3d 4h, 5m 2s, 0.4s. */
export function time(seconds) {
  if (seconds < 9.95) return `${Math.max(0, Math.round(seconds * 10) / 10)}s`;
  const s = Math.round(seconds);
  if (s >= 86400) return `${Math.floor(s / 86400)}d ${Math.floor((s % 86400) / 3600)}h`;
  if (s >= 3600) return `${Math.floor(s / 3600)}h ${Math.floor((s % 3600) / 60)}m`;
  return s >= 60 ? `${Math.floor(s / 60)}m ${s % 60}s` : `${s}s`;
}

export function count(value) {
  return Math.round(value).toLocaleString("en-US");
}

/** One thing, two things. */
export function some(value, one, many = `${one}s`) {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** ForbiddenDestination as forbidden destination. */
export function reason(name) {
  const words = name.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
  return words[0].toUpperCase() + words.slice(1);
}

export function clock(at) {
  return new Date(at).toLocaleTimeString("en-GB");
}
