import { IconBell, IconCamera, IconCirclePlus, IconUser } from './icons.tsx';

const entries = [
  { path: '', label: 'Cameras', Icon: IconCamera },
  { path: 'events', label: 'Events', Icon: IconBell },
  { path: 'add', label: 'Add', Icon: IconCirclePlus },
  { path: 'me', label: 'Me', Icon: IconUser },
];

/** Where a thumb reaches: the four places of the App. */
export const Nav = ({ page }: { page: string }) => (
  <nav className="nav" aria-label="App">
    {entries.map(({ path, label, Icon }) => {
      const here = path === page || (path === '' && page === 'camera');
      return (
        <a key={path} href={`#/${path}`} aria-current={here ? 'page' : undefined}>
          <Icon size={24} stroke={1.75} aria-hidden />
          <span>{label}</span>
        </a>
      );
    })}
  </nav>
);
