-- The tables that `hubmill feedback` reads, with the made-up rows of hubmill's tests.
\i /inputs/schema.sql
\copy complaints (id, department, message, urgency) FROM '/inputs/complaints.csv' (FORMAT csv)
\copy misclassified_complaints (id, complaint_id, model_predicted_department, model_predicted_urgency, correct_department, correct_urgency, reviewed) FROM '/inputs/misclassified.csv' (FORMAT csv)
