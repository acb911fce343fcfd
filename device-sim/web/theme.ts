import { createTheme, type MantineColorsTuple } from '@mantine/core';

/** Iris: the house colour; far from the green, amber and red that say how a camera is. */
const iris: MantineColorsTuple = [
  '#eef1ff',
  '#dde2fb',
  '#b8c2f3',
  '#909fec',
  '#6e82e6',
  '#5a70e3',
  '#4c63dd',
  '#3b50cc',
  '#3447b3',
  '#273994',
];

/** Dark greys with a breath of blue, as a control room at night. */
const dark: MantineColorsTuple = [
  '#d9dde6',
  '#b4bac8',
  '#939bad',
  '#5f687b',
  '#3a4252',
  '#2b3240',
  '#1f2530',
  '#171c25',
  '#10131a',
  '#0a0c11',
];

export const theme = createTheme({
  primaryColor: 'iris',
  primaryShade: { light: 7, dark: 6 },
  colors: { iris, dark },
  defaultRadius: 'md',
  cursorType: 'pointer',
  fontFamily: '"Atkinson Hyperlegible Next", system-ui, -apple-system, "Segoe UI", Roboto, sans-serif',
  fontFamilyMonospace: '"Atkinson Hyperlegible Mono", ui-monospace, Menlo, Consolas, monospace',
  headings: {
    fontWeight: '650',
    sizes: { h1: { fontSize: '1.5rem', lineHeight: '1.25' }, h2: { fontSize: '1.125rem' } },
  },
  focusRing: 'auto',
  respectReducedMotion: true,
  components: {
    Tooltip: {
      defaultProps: {
        withArrow: true,
        openDelay: 250,
        multiline: true,
        maw: 320,
        events: { hover: true, focus: true, touch: true },
      },
    },
    Modal: {
      defaultProps: { centered: true, overlayProps: { backgroundOpacity: 0.5, blur: 2 } },
      styles: { title: { fontWeight: 650, fontSize: '1.0625rem' } },
    },
    // Its invisible holder of the focus is no child a menu may have (WAI-ARIA 1.2, menu); the menu itself takes the focus.
    Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
    Notification: {
      defaultProps: { closeButtonProps: { 'aria-label': 'Dismiss' } },
      styles: { description: { color: 'var(--quiet)' } },
    },
    // Nearly every field is required; the others say that they are optional.
    InputWrapper: { defaultProps: { withAsterisk: false } },
    Badge: { defaultProps: { variant: 'light', radius: 'sm' } },
  },
});
