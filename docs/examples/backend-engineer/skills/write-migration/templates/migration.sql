-- +goose Up
-- Why: <one sentence, with the ticket>
-- Longest lock: <none | ACCESS EXCLUSIVE on …, measured at … ms>
SET LOCAL lock_timeout = '2s';

-- +goose Down
SET LOCAL lock_timeout = '2s';
