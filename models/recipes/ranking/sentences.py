"""Questions to a shop and the passages of its help pages. {p} is an article; each article has two names, which mean the same."""

ARTICLES = [names.split("/") for names in """sofa/couch|lamp/light|bicycle/bike|phone/mobile|laptop/notebook|television/tv|rug/carpet
wardrobe/closet|fridge/refrigerator|sneakers/trainers|jumper/sweater|suitcase/trunk|backpack/rucksack|mug/cup
pan/skillet|blanket/throw|stroller/pram|hoover/vacuum|armchair/recliner|bookcase/shelf|tap/faucet|torch/flashlight
jug/pitcher|trousers/pants|raincoat/mac|speaker/loudspeaker|heater/radiator|cot/crib|bin/dustbin|desk/bureau
necklace/chain|spectacles/glasses""".replace("\n", "|").split("|")]

# For each topic: questions, of which the last two are kept for the test, and passages, of which the last is.
TOPICS = {
    "return": ("""Can I send the {p} back?
How do I return a {p} I do not like?
I changed my mind about the {p}, what now?
Is it possible to give the {p} back after two weeks?
Do you take the {p} back if it does not please me?
I no longer want the {p}, can I get my money?""", """Within 30 days you may return the {p} unused. We refund the full amount.
Returns of the {p} are free. Print the label and bring the parcel to the post office.
You can send back any {p} in its box and get your money within a week.
If you do not like your {p}, hand it back in a month and we refund you."""),
    "delivery": ("""When will the {p} arrive?
How long does shipping of the {p} take?
How many days until I have my {p}?
What is the delivery time of the {p}?
How soon can you ship the {p} to me?
When can I expect the {p} at my door?""", """The {p} is delivered within three working days after your order.
Shipping the {p} takes two to four days. You get a tracking number.
Our driver brings the {p} in a week and calls before he arrives.
Expect the {p} to arrive in about five days after we ship it."""),
    "warranty": ("""How long is the warranty of the {p}?
My {p} broke after a year, is that covered?
Is there a guarantee on the {p}?
What happens if the {p} stops working?
Does the guarantee cover a broken {p}?
Who pays for the repair if my {p} is faulty?""", """The {p} has a warranty of two years. It covers faults of material and work.
If the {p} breaks in the first three years, we repair it for free.
Our guarantee for the {p} covers defects, but no wear.
A faulty {p} is repaired or replaced under guarantee for two years."""),
    "price": ("""How much does the {p} cost?
What is the price of the {p}?
How expensive is a {p}?
What do I pay for the {p}?
What would a {p} cost me?
Tell me what you charge for the {p}""", """The {p} costs 49 euros, tax included.
At a price of 120 euros the {p} is our cheapest.
You pay 89 euros for the {p}. Shipping is not in the price.
We charge 75 euros for the {p}, which is what it cost last year."""),
    "size": ("""What are the dimensions of the {p}?
How big is the {p}?
Will the {p} fit? I need its width and height
Which sizes does the {p} come in?
How wide and how tall is the {p}?
Is the {p} larger than a metre?""", """Dimensions of the {p}: 80 cm wide, 40 cm deep, 95 cm high.
The {p} comes in small, medium and large. See the table of sizes.
Width 60 cm, height 30 cm: measure first whether the {p} fits.
The {p} is 70 cm wide and 90 cm tall in its larger size."""),
    "colour": ("""Which colours does the {p} come in?
Is the {p} available in red?
Do you have the {p} in a darker shade?
Can I get a blue {p}?
Is there a green or black {p}?
What shades of the {p} can I choose?""", """The {p} comes in black, white and red.
Choose among five colours for your {p}: blue, green, grey, red or sand.
Shades of the {p} may differ slightly from the photos. Blue is darker than it looks.
Your {p} is available in any shade from white to black."""),
    "cleaning": ("""How do I clean the {p}?
Can I wash the {p}?
My {p} has a stain, what removes it?
How should I care for the {p}?
What is the best way to wash a dirty {p}?
Is soap fine for stains on the {p}?""", """Clean the {p} with a damp cloth and mild soap.
To care for the {p}, wipe it dry. Never wash it hot.
Remove a stain from the {p} with lukewarm water at once.
A dirty {p} is best washed by hand with a little soap."""),
    "material": ("""What is the {p} made of?
Which material is the {p}?
Is the {p} real leather or plastic?
Does the {p} contain wool?
Is the {p} made of wood or metal?
What materials are used in the {p}?""", """The {p} is made of solid oak and steel.
Material of the {p}: 80 % cotton, 20 % wool.
We use recycled plastic for the {p} and no leather.
The {p} contains wood, metal and other natural materials."""),
    "assembly": ("""How do I assemble the {p}?
Do I need tools to put the {p} together?
Where are the instructions for the {p}?
Is the {p} hard to set up?
Can one person build the {p} alone?
Does the {p} come assembled or in parts?""", """Assemble the {p} with the key in the box. The instructions show each step.
Two people put the {p} together in half an hour without other tools.
To set up the {p}, unfold it and fasten the screws.
One person can build the {p} alone from its parts with a screwdriver."""),
    "parts": ("""Where can I buy spare parts for the {p}?
I lost a screw of the {p}, can I get a new one?
Do you sell a replacement for a piece of the {p}?
A part of my {p} is missing
How do I order a missing piece for the {p}?
Are spares for the {p} still available?""", """Spare parts of the {p} are sold for ten years. Write to the workshop.
If a screw of your {p} is missing, we send a new one for free.
Order a replacement piece for the {p} with the number on its back.
Any lost piece of the {p} can be ordered as a spare."""),
    "weight": ("""How heavy is the {p}?
What does the {p} weigh?
How many kilos is the {p}?
Can I lift the {p} by myself, or is it too heavy?
Is the {p} light enough to carry?
What is the weight of the {p} in kilos?""", """The {p} weighs 12 kilos.
With its weight of 4 kilos the {p} is easy to lift.
Weight of the {p} with box: 23 kg. It is heavy, so ask somebody to lift it with you.
At 9 kilos, one person can carry the {p}."""),
    "instalments": ("""Can I pay for the {p} in instalments?
Do you offer monthly payment for the {p}?
Is it possible to buy the {p} on credit?
May I pay the {p} later?
Can I split the bill for the {p} over some months?
Do you finance a {p}?""", """You may pay the {p} in twelve instalments without interest.
Monthly payment for the {p} is offered from 100 euros on. Our bank checks your credit.
Buy the {p} now and pay later: the invoice is due after 60 days.
We split the bill for your {p} over six months and finance it through a bank."""),
    "stock": ("""Is the {p} in stock?
Does the store in town have the {p}?
When is the {p} available again?
The {p} is sold out, when do you get more?
Can I pick up a {p} at the shop today?
Do you still have the {p} in your branch?""", """The {p} is in stock in all our stores.
At the moment the {p} is sold out. It is available again in May.
Reserve the {p} online and collect it at the store in two hours.
Our branch in town still has the {p}: pick it up today."""),
    "discount": ("""Is there a discount on the {p}?
Do you have a voucher for the {p}?
Is the {p} on sale?
Do students get the {p} cheaper?
Any special offer for a {p} this week?
Will the {p} be reduced in the sale?""", """This week there is a discount of 20 % on the {p}.
With the voucher SPRING the {p} is 15 euros cheaper.
Students and members get the {p} at a reduced rate. It is not on sale.
Special offer of the week: the {p}, reduced by a third."""),
    "origin": ("""Where is the {p} made?
Which country does the {p} come from?
Is the {p} produced in Europe?
Who is the manufacturer of the {p}?
In what country do they manufacture the {p}?
Is this {p} from Italy?""", """The {p} is made in Portugal by a family business.
Our manufacturer produces the {p} in a factory near Milan, Italy.
This {p} comes from Sweden. Its country of origin is on the label.
The {p} is manufactured in Europe, mostly in the country of Poland."""),
    "age": ("""From which age is the {p} safe for children?
Is the {p} suitable for a toddler?
Can my kids use the {p}?
Is the {p} dangerous for a baby?
May a child of three use the {p}?
Are there risks of the {p} for small kids?""", """The {p} is suitable for children from three years on.
Keep the {p} away from a baby: small parts are dangerous.
Kids may use the {p} while an adult watches.
For small kids the {p} has risks, so a child should be six or older."""),
}
