-- why: names of staff in every script: which letters there are is for the program to say, whose Unicode is newer than the server's; lock: access exclusive on identity.staff_person and identity.staff_enrolment for a moment
alter table identity.staff_person drop constraint staff_person_name_check;
alter table identity.staff_person add constraint staff_person_name_check check (length(name) between 1 and 100 and name !~ '[[:cntrl:]]');
alter table identity.staff_enrolment drop constraint staff_enrolment_name_check;
alter table identity.staff_enrolment add constraint staff_enrolment_name_check check (length(name) between 1 and 100 and name !~ '[[:cntrl:]]');
