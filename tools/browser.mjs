// Which Chromium the browser tests use, and how they start it.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const chromes = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'];
const chromePlaces = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/opt/google/chrome/chrome',
];
const firefoxPlaces = ['/Applications/Firefox.app/Contents/MacOS/firefox'];
const driverPlaces = ['/usr/lib/chromium-browser/chromedriver', '/usr/lib/chromium/chromedriver'];

/** The first of `names` on the PATH, or of `places`, that can be run; null when there is none. */
export function find(names, places = []) {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const candidates = [...names.flatMap((name) => folders.map((folder) => join(folder, name))), ...places];
  return candidates.find(runnable) ?? null;
}

function runnable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Path of the user's Chrome or Chromium (`CHROME_PATH` wins), or null. */
export const chromePath = () => process.env.CHROME_PATH || find(chromes, chromePlaces);

/** Path of the user's Firefox (`FIREFOX_PATH` wins), or null. */
export const firefoxPath = () => process.env.FIREFOX_PATH || find(['firefox-esr', 'firefox'], firefoxPlaces);

/** WebKitGTK's driver (`WEBKIT_DRIVER` wins), and a display that nobody sees for its browser; null where either is missing. */
export function webkit() {
  const [driver, display] = [process.env.WEBKIT_DRIVER || find(['WebKitWebDriver']), find(['Xvfb'])];
  return driver && display ? { driver, display } : null;
}

/** Path of the chromedriver (`CHROMEDRIVER` wins), or null. */
export const driverPath = () => process.env.CHROMEDRIVER || find(['chromedriver'], driverPlaces);

/** Quiet, headless, and without the sandbox only where it cannot work: as root. */
export const chromeArgs = [
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/** For playwright-core: `chromium.launch(launchOptions())`. */
export const launchOptions = () => ({ executablePath: chromePath() ?? undefined, args: chromeArgs });

/** For wasm-bindgen's test runner: the contents of its webdriver.json. */
export const webdriverConfig = () => ({
  'goog:chromeOptions': { binary: chromePath(), args: ['--headless=new', ...chromeArgs] },
});
