import { Title } from '@mantine/core';
import type { Account } from '../../api/shapes.ts';
import { Panel } from '../../parts/panel.tsx';
import classes from './account.module.css';

export const Profile = ({ account }: { account: Account }) => (
  <Panel id="profile" labelledBy="profile-title">
    <Title order={2} id="profile-title">
      Profile
    </Title>
    <dl className={classes.facts}>
      <dt>Name</dt>
      <dd>{account.name}</dd>
      <dt>TP-Link ID</dt>
      <dd>{account.email}</dd>
    </dl>
  </Panel>
);
