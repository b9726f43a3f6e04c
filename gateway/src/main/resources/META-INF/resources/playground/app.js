/** Starts the page: tabs, language, colours, the API key. */
import { apiKey, setApiKey } from './api.js';
import { startAttention } from './attention.js';
import { startChat } from './chat.js';
import { byId } from './dom.js';
import { startEmbeddings } from './embeddings.js';
import { say, startLanguage, switchLanguage } from './language.js';
import { loadModels } from './models.js';
import { startText } from './text.js';
import { startTokens } from './tokens.js';

const THEME = 'weft.theme';
const DARK = matchMedia('(prefers-color-scheme: dark)');

/** Tabs by id, with what each does when it is shown for the first time. */
const tabs = new Map();
let isLoaded = false;

startLanguage();
startTheme();
startKey();
byId('language').addEventListener('click', () => {
  switchLanguage();
  showLanguage();
});
showLanguage();

startChat();
startText();
tabs.set('chat', null);
tabs.set('text', null);
tabs.set('tokens', startTokens());
tabs.set('attention', startAttention());
tabs.set('embeddings', startEmbeddings());
startTabs();
await loadModels();
isLoaded = true;

/** The tabs pattern of https://www.w3.org/WAI/ARIA/apg/patterns/tabs/; the address names the tab. */
function startTabs() {
  const ids = [...tabs.keys()];
  ids.forEach((id, i) => {
    const tab = byId(`tab-${id}`);
    tab.addEventListener('click', () => {
      history.replaceState(null, '', `#${id}`);
      showTab(id);
    });
    tab.addEventListener('keydown', (event) => {
      const to = { ArrowRight: i + 1, ArrowLeft: i - 1 + ids.length, Home: 0, End: ids.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      const next = byId(`tab-${ids[to % ids.length]}`);
      next.click();
      next.focus();
    });
  });
  addEventListener('hashchange', () => showTab(location.hash.slice(1)));
  showTab(location.hash.slice(1));
}

function showTab(asked) {
  const id = tabs.has(asked) ? asked : 'chat';
  for (const other of tabs.keys()) {
    const isShown = other === id;
    const tab = byId(`tab-${other}`);
    tab.setAttribute('aria-selected', String(isShown));
    tab.tabIndex = isShown ? 0 : -1;
    byId(other).hidden = !isShown;
    if (isShown) tab.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }
  // Before the models are known their arrival does it.
  if (!isLoaded) return;
  tabs.get(id)?.();
  tabs.set(id, null);
}

function showLanguage() {
  const isEnglish = document.documentElement.lang === 'en';
  const button = byId('language');
  button.lang = isEnglish ? 'zh-CN' : 'en';
  button.textContent = isEnglish ? '中文' : 'English';
}

/** Light or dark: as the system has it, until somebody chooses. */
function startTheme() {
  const page = document.documentElement;
  const show = () => {
    const theme = localStorage.getItem(THEME) ?? (DARK.matches ? 'dark' : 'light');
    page.dataset.theme = theme === 'dark' ? 'dark' : 'light';
    say(byId('theme'), page.dataset.theme === 'dark' ? 'theme.light' : 'theme.dark');
  };
  byId('theme').addEventListener('click', () => {
    localStorage.setItem(THEME, page.dataset.theme === 'dark' ? 'light' : 'dark');
    show();
  });
  DARK.addEventListener('change', show);
  show();
}

function startKey() {
  const dialog = byId('key');
  const field = byId('key-value');
  byId('key-open').addEventListener('click', () => {
    field.value = apiKey();
    dialog.showModal();
  });
  dialog.addEventListener('close', () => {
    if (dialog.returnValue === 'save') {
      setApiKey(field.value.trim());
      loadModels();
    }
    field.value = '';
    dialog.returnValue = '';
  });
}
