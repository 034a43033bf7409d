"""Names, cities, dates and amounts to fill sentences with. Some names and cities are kept for the test."""

import random

_MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]

_FIRST = """Ana Ben Carla David Elena Felix Grace Hassan Ingrid Jonas Kamila Liam Maria Noah Olga Peter Quentin Rosa Samir Tanja Uma
Viktor Wanda Xenia Yusuf Zoe Alice Bruno Chloe Dmitri Emma Fatima Georg Hanna Ivan Julia Kenji Laura Marco Nadia Oscar
Paula Rafael Sofia Thomas Ursula Vera William Yara Zainab Anton Beatrice Claire Daniel Eva Frank Gustav Helen Isabel
Jakob Karin Lucas Mina Nils Priya Ravi Sara Tom Aisha Björn Cécile Diego Esther Finn Giulia Henrik Irina José Katya Lena
Miguel Nora Omar Pia Robert Stefan Teresa Ahmed Bianca Chen Elias"""
_LAST = """Silva Berg Costa Novak Keller Rossi Janssen Haddad Nielsen Moreau Kowalski Murphy Santos Andersen Ivanova Schmidt
Laurent Garcia Khan Weber Okafor Popov Becker Tanaka Jensen Bauer Martin Dubois Sato Fischer Larsen Romano Brown Torres
Walker Meyer Lindqvist Horvat Evans Petrov Nguyen Müller Hansen Ricci Clarke Vargas Mehta Olsen Wagner Marino Shaw Farah
Lopez Hoffmann Virtanen Dupont Ferreira Baker Suzuki Kaya Watson Popescu Yilmaz Carter Dahl Esposito Gruber Hughes
Iversen Jovanović Krüger Lund Mancini Nowak Ortiz Patel Quist Reyes Simmons Turner"""
_CITIES = """Oslo|Lisbon|Berlin|Madrid|Prague|Vienna|Warsaw|Dublin|Athens|Helsinki|Copenhagen|Stockholm|Budapest|Brussels
Amsterdam|Zürich|Geneva|Milan|Rome|Naples|Turin|Paris|Lyon|Marseille|Bordeaux|London|Leeds|Bristol|Edinburgh
Glasgow|New York|Boston|Chicago|Denver|Seattle|San Diego|Los Angeles|Toronto|Montreal|Vancouver|Mexico City|Bogotá
Lima|Santiago|Buenos Aires|São Paulo|Rio de Janeiro|Cape Town|Nairobi|Lagos|Cairo|Tunis|Casablanca|Istanbul|Ankara
Dubai|Mumbai|Delhi|Bangalore|Singapore|Kuala Lumpur|Bangkok|Hanoi|Manila|Seoul|Tokyo|Osaka|Kyoto|Sydney|Perth
Auckland|Hamburg|Munich|Cologne|Dresden|Leipzig|Stuttgart|Porto|Seville|Valencia|Bilbao|Gothenburg|Bergen|Aarhus
Kraków|Gdańsk|Bratislava|Ljubljana|Zagreb|Belgrade|Sofia|Bucharest|Riga|Vilnius|Tallinn|Antwerp|Rotterdam|Den Haag
Utrecht|Salzburg|Graz|Basel|Bern"""
_WORDS = ["five hundred", "two thousand", "three million", "twenty", "forty", "a hundred", "ninety"]


def _split(names: list[str], part: str) -> list[str]:
    """Every fourth is kept for the test."""
    return [name for index, name in enumerate(names) if (index % 4 == 3) == (part == "test")]


class Values:
    """Draws values of the four kinds. `part` says whether names and cities are those of the training or of the test."""

    def __init__(self, part: str, seed: random.Random):
        self._random = seed
        self._first, self._last = _split(_FIRST.split(), part), _split(_LAST.split(), part)
        self._cities = _split(_CITIES.replace("\n", "|").split("|"), part)

    def draw(self, kind: str) -> str:
        return {
            "name": self._name, "last": lambda: self._pick(self._last), "city": lambda: self._pick(self._cities), "date": self._date,
            "amount": self._amount, "number": self._number, "weekday": self._weekday, "time": self._time}[kind]()

    def _name(self) -> str:
        first, last = self._pick(self._first), self._pick(self._last)
        full = f"{first} {last}"
        return self._pick([first, first, full, full, f"{first} {self._pick(self._first)} {last}", f"{first[0]}. {last}"])

    def _date(self) -> str:
        day, month, year = self._random.randint(1, 28), self._random.randrange(12), self._random.randint(1995, 2035)
        name, number = _MONTHS[month], month + 1
        return self._pick([
            f"{day} {name}", f"{day} {name} {year}", f"{name} {day}", f"{name} {day}, {year}", f"{year}-{number:02}-{day:02}",
            f"{day:02}.{number:02}.{year}", f"{number:02}/{day:02}/{year}", f"{day} {name[:3]}", f"{name} {year}", f"{day}. {name} {year}"])

    def _amount(self) -> str:
        whole, cents = self._random.choice([self._random.randint(1, 99), self._random.randint(100, 9999)]), self._random.randint(0, 99)
        millions = f"{whole}.{self._random.randint(1, 9)} million"
        number = self._pick([f"{whole}", f"{whole:,}", f"{whole:,}.{cents:02}", f"{whole}.{cents:02}", millions])
        return self._pick([
            f"${number}", f"€{number}", f"€ {number}", f"£{number}", f"{number} euros", f"{number} dollars", f"{number} EUR",
            f"{number} USD", f"USD {number}", f"EUR {number}", f"{number} pounds", f"{number} €", f"CHF {number}", f"{number} francs",
            f"{self._pick(_WORDS)} {self._pick(['euros', 'dollars', 'pounds'])}"])

    def _number(self) -> str:
        return self._pick([str(self._random.randint(2, 60)), str(self._random.randint(100, 99999)), f"A-{self._random.randint(10, 999)}"])

    def _weekday(self) -> str:
        return self._pick(["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"])

    def _time(self) -> str:
        hour, minute = self._random.randint(6, 21), self._random.choice([0, 15, 30, 45])
        return self._pick([f"{hour}:{minute:02}", f"{hour % 12 or 12} {self._pick(['am', 'pm'])}", f"{hour}.{minute:02}"])

    def _pick(self, choices: list[str]) -> str:
        return self._random.choice(choices)
