import classes from './shell.module.css';

export const Footer = () => (
  <footer className={classes.footer}>
    Not affiliated with TP-Link; VIGI is their trademark; no ONVIF conformance is claimed.
  </footer>
);
