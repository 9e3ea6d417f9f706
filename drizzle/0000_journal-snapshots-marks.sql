CREATE TABLE `journal` (
	`seq` integer PRIMARY KEY NOT NULL,
	`at_ms` integer NOT NULL,
	`actor` text NOT NULL,
	`kind` text NOT NULL,
	`payload` text NOT NULL,
	`correlation_id` text,
	`causation_seq` integer,
	`previous_hash` text NOT NULL,
	`hash` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `marks` (
	`key` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `snapshots` (
	`name` text NOT NULL,
	`version` integer NOT NULL,
	`seq` integer NOT NULL,
	`data` text NOT NULL,
	`digest` text NOT NULL,
	PRIMARY KEY(`name`, `version`)
);
