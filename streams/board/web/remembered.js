// What this browser remembers for whoever sits at it, on every page: who signs, and whether red alerts ring.
const STORED = "fenghuo-wall";

export function remembered() {
  try {
    return JSON.parse(localStorage.getItem(STORED)) ?? {};
  } catch {
    return {};
  }
}

export function remember(values) {
  localStorage.setItem(STORED, JSON.stringify({ ...remembered(), ...values }));
}
