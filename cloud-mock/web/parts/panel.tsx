import { Box, type BoxProps } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './panel.module.css';

interface Props extends BoxProps {
  children: ReactNode;
  /** Names the section for screen readers: the id of its heading. */
  labelledBy?: string;
  id?: string;
}

/** A raised sheet that holds one subject. */
export const Panel = ({ children, labelledBy, ...rest }: Props) => (
  <Box component="section" aria-labelledby={labelledBy} className={classes.panel} {...rest}>
    {children}
  </Box>
);
