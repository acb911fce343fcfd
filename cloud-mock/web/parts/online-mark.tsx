import classes from './online-mark.module.css';

/** Online or offline: a dot and the word, so that colour is never the only sign. */
export const OnlineMark = ({ online }: { online: boolean }) => (
  <span className={classes.mark} data-online={online}>
    {online ? 'Online' : 'Offline'}
  </span>
);
