import { Tabs } from '@mantine/core';
import {
  IconCertificate,
  IconDevices,
  IconInfoCircle,
  IconListDetails,
  IconTransfer,
  IconUserCircle,
  IconUsers,
} from '@tabler/icons-react';
import { type ComponentType, useEffect, useRef } from 'react';
import { useLocation } from 'wouter';
import type { Role } from '../../people/roles.ts';
import { useCovers } from '../api/queries.ts';
import { Page } from '../parts/page.tsx';
import { About } from './about.tsx';
import { Account } from './account.tsx';
import { AuditLog } from './audit-log.tsx';
import { BrokerAccounts } from './broker-accounts.tsx';
import { Pairing } from './pairing.tsx';
import { Sessions } from './sessions.tsx';
import classes from './settings.module.css';
import { Users } from './users.tsx';

interface Tab {
  label: string;
  Icon: ComponentType<{ size?: number; 'aria-hidden'?: boolean }>;
  Panel: ComponentType;
  role: Role;
}

const tabs: Record<string, Tab> = {
  mqtt: { label: 'MQTT access', Icon: IconTransfer, Panel: BrokerAccounts, role: 'admin' },
  pairing: { label: 'Pairing', Icon: IconCertificate, Panel: Pairing, role: 'admin' },
  users: { label: 'Users', Icon: IconUsers, Panel: Users, role: 'admin' },
  account: { label: 'My account', Icon: IconUserCircle, Panel: Account, role: 'live_only' },
  sessions: { label: 'Sessions', Icon: IconDevices, Panel: Sessions, role: 'live_only' },
  audit: { label: 'Audit log', Icon: IconListDetails, Panel: AuditLog, role: 'admin' },
  about: { label: 'About', Icon: IconInfoCircle, Panel: About, role: 'live_only' },
};

export function SettingsPage({ tab }: { tab: string | undefined }) {
  const [, navigate] = useLocation();
  const admin = useCovers('admin');
  const list = useRef<HTMLDivElement>(null);
  const open = Object.entries(tabs).filter(([, { role }]) => admin || role === 'live_only');
  const shown = open.find(([key]) => key === tab)?.[0] ?? open[0]![0];
  // On a phone not all tabs fit: the one that is open has to be among those seen.
  useEffect(() => {
    if (shown)
      list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ inline: 'center', block: 'nearest' });
  }, [shown]);
  return (
    <Page title="Settings">
      <Tabs value={shown} onChange={(next) => navigate(`/settings/${next}`)} keepMounted={false}>
        <Tabs.List mb="lg" className={classes.tabs} ref={list}>
          {open.map(([key, { label, Icon }]) => (
            <Tabs.Tab key={key} value={key} leftSection={<Icon size={16} aria-hidden />}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {open.map(([key, { Panel }]) => (
          <Tabs.Panel key={key} value={key}>
            <Panel />
          </Tabs.Panel>
        ))}
      </Tabs>
    </Page>
  );
}
