WITH ended AS (
    -- the table has no day on which a row is known: a completion after the day of the run had not happened yet
    SELECT unit_id, task_id, due_date, done_date, least(coalesce(done_date, as_of()), as_of()) AS until_date
    FROM supervise_task
)
SELECT
    unit_id, 'supervise_task' AS subject_type, task_id AS subject_id,
    days(due_date, until_date) AS metric,
    due_date, done_date
FROM ended
WHERE until_date > due_date
