CREATE TABLE `portfolio_snapshots` (
	`at_ms` integer PRIMARY KEY NOT NULL,
	`data` text NOT NULL
);
