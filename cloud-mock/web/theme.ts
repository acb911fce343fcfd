import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core';

// Night watch: dusk blue to act, lamp yellow for the one light in the mark, ink for the dark scheme's surfaces.
const dusk: MantineColorsTuple = [
  '#eef0ff', '#dfe2fb', '#bcc2f4', '#98a1ee', '#7d88ea', '#6270e4', '#4f5dd9', '#3f4cc2', '#343fa5', '#272f7d',
]; // biome-ignore format: a palette
const lamp: MantineColorsTuple = [
  '#fff6e0', '#ffebc2', '#ffd98a', '#ffc753', '#ffb931', '#ffb224', '#e59a0c', '#b87800', '#8f5d00', '#6b4500',
]; // biome-ignore format: a palette
const ink: MantineColorsTuple = [
  '#dfe3f0', '#bdc4d8', '#9ba4bd', '#68718c', '#3b4259', '#2a3046', '#1d2233', '#151927', '#0f121d', '#0a0c14',
]; // biome-ignore format: a palette

export const theme = createTheme({
  primaryColor: 'dusk',
  primaryShade: { light: 7, dark: 6 },
  colors: { dusk, lamp, dark: ink },
  fontFamily: '"Atkinson Hyperlegible Next", system-ui, -apple-system, "Segoe UI", Roboto, sans-serif',
  fontFamilyMonospace: '"Atkinson Hyperlegible Mono", ui-monospace, SFMono-Regular, Menlo, Consolas, monospace',
  headings: {
    fontWeight: '650',
    sizes: {
      h1: { fontSize: '1.75rem', lineHeight: '1.2' },
      h2: { fontSize: '1.25rem', lineHeight: '1.3' },
      h3: { fontSize: '1.0625rem', lineHeight: '1.35' },
    },
  },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  focusRing: 'auto',
  components: {
    Button: { defaultProps: { size: 'md' } },
    TextInput: { defaultProps: { size: 'md' } },
    PasswordInput: { defaultProps: { size: 'md' } },
    Anchor: { defaultProps: { underline: 'always' } },
    Tooltip: { defaultProps: { openDelay: 300 } },
    // Its invisible holder of the focus is no child a menu may have (WAI-ARIA 1.2, menu); the menu itself takes the focus.
    Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
    Notification: { defaultProps: { closeButtonProps: { 'aria-label': 'Dismiss' } } },
  },
});

/** Text on tinted ground in shades that reach 4.5 : 1, which the library's defaults miss. */
export const cssVariables: CSSVariablesResolver = (given) => ({
  variables: {},
  light: {
    '--mantine-color-body': '#f5f6fb',
    '--mantine-color-text': '#171b2e',
    '--mantine-color-dimmed': '#565f78',
    '--mantine-color-placeholder': '#6c748b',
    '--mantine-color-error': '#b42323',
    '--mantine-color-anchor': given.colors.dusk![7]!,
    '--mantine-color-default-border': '#d5d9e6',
    '--mantine-color-teal-light': '#e1f6ee',
    '--mantine-color-red-light-color': '#a51d1d',
    '--mantine-color-teal-light-color': '#06624a',
    '--mantine-color-gray-light-color': '#4b5368',
    '--mantine-color-lamp-light-color': '#7a4e00',
    '--mantine-color-dusk-light-color': given.colors.dusk![8]!,
    '--mantine-color-dusk-outline': given.colors.dusk![7]!,
    '--mantine-color-red-outline': '#a51d1d',
    '--mantine-color-red-filled': '#c22b2b',
    '--mantine-color-red-filled-hover': '#a92323',
    '--vigil-panel': '#ffffff',
    '--vigil-panel-edge': '#e3e6f0',
    '--vigil-sunken': '#f0f2f9',
    '--vigil-shadow': '0 1px 2px rgb(23 27 46 / 5%), 0 6px 24px rgb(23 27 46 / 5%)',
  },
  dark: {
    '--mantine-color-body': given.colors.dark![8]!,
    '--mantine-color-text': given.colors.dark![0]!,
    '--mantine-color-dimmed': given.colors.dark![2]!,
    '--mantine-color-placeholder': '#838ca6',
    '--mantine-color-error': '#ff9a9a',
    '--mantine-color-anchor': given.colors.dusk![3]!,
    '--mantine-color-red-light-color': '#ffa8a8',
    '--mantine-color-teal-light-color': '#63e6be',
    '--mantine-color-gray-light-color': given.colors.dark![1]!,
    '--mantine-color-lamp-light-color': given.colors.lamp![3]!,
    '--mantine-color-dusk-light-color': given.colors.dusk![2]!,
    '--mantine-color-dusk-outline': given.colors.dusk![3]!,
    '--mantine-color-red-outline': '#ffa8a8',
    '--mantine-color-red-filled': '#c22b2b',
    '--mantine-color-red-filled-hover': '#d23c3c',
    '--mantine-color-red-light': 'rgb(255 90 90 / 15%)',
    '--mantine-color-red-light-hover': 'rgb(255 90 90 / 22%)',
    '--mantine-color-teal-light': 'rgb(32 201 151 / 14%)',
    '--mantine-color-dusk-light': 'rgb(98 112 228 / 20%)',
    '--mantine-color-gray-light': 'rgb(255 255 255 / 8%)',
    '--mantine-color-lamp-light': 'rgb(255 178 36 / 16%)',
    '--vigil-panel': given.colors.dark![7]!,
    '--vigil-panel-edge': given.colors.dark![5]!,
    '--vigil-sunken': '#10131f',
    '--vigil-shadow': 'none',
  },
});
