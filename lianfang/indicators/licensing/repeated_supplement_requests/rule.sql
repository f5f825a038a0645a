SELECT
    unit_id, 'license_case' AS subject_type, case_id AS subject_id,
    supplement_times AS metric,
    receive_time, accept_time, first_supplement_time
FROM license_case
WHERE supplement_times > param('allowed', coalesce(receive_time, accept_time))
