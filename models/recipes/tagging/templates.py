"""Sentences with places for values. {last} is a name too; {number}, {weekday} and {time} belong to no label."""

TRAIN = """Call {name} in {city} before {date}.
Please call {name} about the {amount} we still owe.
{name} paid {amount} on {date}.
{name} lives in {city}.
{name} from {city} ordered {number} chairs on {date}.
The meeting with {name} is on {date} in {city}.
The invoice of {date} over {amount} is still open.
We sent {amount} to {name} on {date}.
Hi {name}, the train to {city} leaves at {time} on {weekday}.
Dear {name}, thank you for your order of {date}.
Dear Mr {last}, your payment of {amount} arrived.
Dear Ms {last}, we look forward to seeing you in {city} on {date}.
Mrs {last} and {name} will travel from {city} to {city} on {date}.
Our office in {city} is closed on {date}.
The deposit is {amount}, due on {date}.
Order {number} was shipped to {city}.
Room {number} is booked for {name} until {date}.
Can you ask {name} whether {amount} is enough?
The flight from {city} to {city} costs {amount}.
{name} and {name} met in {city}.
My name is {name} and I live in {city}.
I was born on {date} in {city}.
Please transfer {amount} to the account of {name}.
The contract with {name} ends on {date}.
{name} is our new manager in {city}.
Ask Dr. {last} for an appointment on {date}.
It rained in {city} on {weekday}.
The price went from {amount} to {amount} since {date}.
Invoice {number} for {name}: {amount}, payable by {date}.
She moved from {city} to {city} in spring.
There are {number} boxes in the store.
The parcel weighs {number} kilos and costs {amount} to send.
Meet me at {time} in front of the station.
{weekday} at {time} suits me, {name}.
Nothing was delivered this week.
He lent {name} {amount} last year.
{name}, {city}, {date}
Tickets for {city} are {amount} each.
Did {name} sign the lease on {date}?
The new shop in {city} opens on {date}.
Refund of {amount} for order {number} approved by {name}.
Rent for {city} is {amount} a month.
We expect {name} in {city} at {time}.
From {date} on, the rate is {amount} per night.
Your appointment with Dr. {last} is on {date} at {time}.
On {date} {name} will speak in {city}.
Between {date} and {date} we are in {city}.
The hotel in {city} wants {amount} for {number} nights.
Write to {name} if the {amount} has not arrived by {date}.
Thanks, {name}
Best regards, {name}, {city}
The report is ready, see page {number}.
Please bring {number} copies on {weekday}.
{name} earns {amount} a year.
Budget: {amount}. Deadline: {date}. Contact: {name}.
Tell {name} that the driver is already in {city}.
A customer from {city} complained about bill {number}.
Delivery to {city} takes {number} days.
Since {date}, {name} has worked for us.
They sold the house in {city} for {amount}.""".splitlines()

TEST = """Could {name} pick up the keys in {city} on {date}?
{name} still owes us {amount}.
The lawyer, {name}, asked for {amount} in advance.
We will visit {city} again on {date}.
Reminder: {amount} must be paid before {date}.
Yesterday {name} flew to {city}.
Please book a table for {number} people in {city} at {time}.
Mr {last} wants to cancel the trip on {date}.
A new bridge near {city} cost {amount}.
Send the signed papers to {name} by {date}.
{name} was late on {weekday} because of the traffic in {city}.
For {amount} you can stay in {city} until {date}.
My colleague {name} will answer your question.
Ticket {number} was closed by {name} on {date}.
The fair in {city} starts on {date} and entry is {amount}.
We received {amount} from {name} for bill {number}.
No one answered the phone at {time}.
Is {city} cheaper than {city} in winter?
As of {date}, the balance is {amount}.
Happy birthday, {name}!""".splitlines()
