import { IconBell, IconCamera, IconChevronLeft, IconCirclePlus, IconUser } from '@tabler/icons-react';

export { IconBell, IconCamera, IconChevronLeft, IconCirclePlus, IconUser };

/** The mark: an eye that keeps watch. */
export const Mark = ({ size = 40 }: { size?: number }) => (
  <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
    <rect width="32" height="32" rx="8" fill="var(--accent)" />
    <path
      d="M5 16c3-5.6 6.8-8.2 11-8.2S24 10.4 27 16c-3 5.6-6.8 8.2-11 8.2S8 21.6 5 16Z"
      fill="none"
      stroke="#fff"
      strokeWidth="2.2"
      strokeLinejoin="round"
    />
    <circle cx="16" cy="16" r="4.6" fill="#fff" />
    <circle cx="17.6" cy="14.4" r="1.5" fill="var(--accent)" />
  </svg>
);
