/** Regions that the simulation knows, with the letters of their zones. */
const zoneLetters: Readonly<Record<string, string>> = {
  "eu-central-1": "abc",
  "eu-west-1": "abc",
  "us-east-1": "abcdef",
  "us-east-2": "abc",
  "us-west-2": "abcd",
};

export function isRegion(region: string): boolean {
  return region in zoneLetters;
}

export const regions = Object.keys(zoneLetters);

export function zonesOf(region: string): readonly string[] {
  return [...(zoneLetters[region] ?? "")].map((letter) => `${region}${letter}`);
}
