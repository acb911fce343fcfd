import { Anchor } from '@mantine/core';
import { Link } from 'wouter';
import classes from './footer.module.css';

export const Footer = () => (
  <footer className={classes.footer}>
    <p>Not affiliated with TP-Link; VIGI is their trademark; no ONVIF conformance is claimed.</p>
    <nav aria-label="Laboratory">
      <Anchor component={Link} href="/mailbox" size="sm">
        Lab mailbox
      </Anchor>
      <Anchor href="/api/v1/docs" size="sm">
        API reference
      </Anchor>
    </nav>
  </footer>
);
