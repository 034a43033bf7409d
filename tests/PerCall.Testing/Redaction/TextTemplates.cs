namespace PerCall.Testing.Redaction;

/// <summary>Sentences in eight languages, with slots for values and for what only looks like values.</summary>
internal static class TextTemplates
{
    private static readonly string[] Records =
    [
        "{first} {last}\n{street}\n{phone}\n{email}",
        "{last}, {first}; {email}; {phone}; {iban}",
        "{first},{last},{email},{phone},{date}",
        "2026-11-29T12:00:01Z INFO client={ip} user={email} path=/v1/items status=200",
        "{ip} - - [29/Nov/2026:10:00:00 +0100] \"GET / HTTP/1.1\" 200 512",
        "Nov 29 10:15:01 host sshd[4711]: Failed password for root from {ip} port 52144 ssh2",
        "{\"email\": \"{email}\", \"phone\": \"{phone}\", \"order\": \"{order}\"}",
        "{\"client\":{\"ip\":\"{ip}\",\"iban\":\"{iban}\"},\"total\":\"{price}\"}",
        "<{email}>", "mailto:{email}", "tel:{phone}", "export API_TOKEN={token}",
        "curl -H 'Authorization: Bearer {token}' https://api.example.com/v1/me",
        "password={password}", "PWD: {password}", "{\"password\": \"{password}\"}", "DB_PASSWORD='{password}'", "secret_key: {password}",
        "client_secret={password}&grant_type=client_credentials", "postgres://app:{password}@db.internal:5432/main",
        "{pem}", "key:\n{pem}\nend", "{token}", "http://{ip4}:8080/status", "http://[{ip6}]:8080/status", "{ip4}/24 via {ip4}",
        "{ip6}/64", "ping {ip}", "allow {ip}; deny all;", "{first} {last} <{email}>, {first} {last} <{email}>",
        "| {first} | {phone} | {email} |", "IBAN {iban}", "{iban}", "{card}", "{phone}", "{email}", "{id}", "{card} 12/28 123",
        "card={card}&amount={price}", "{first}\t{last}\t{card}\t{date}", "{iban}\n{iban}",
        "DTSTART:20261129T120000\nORGANIZER;CN={first}:mailto:{email}",
    ];

    private static readonly string[] OtherRecords =
    [
        "{uuid}", "{hash}", "commit {hash}\nAuthor: {first}\nDate: {date}", "{date};{order};{price}", "{date},{digits},{price}",
        "SKU {order} EAN {ean}",
        "sha256:{hash}", "{place}", "{mac}", "IMEI {imei}", "{file}", "{code}", "ISBN {isbn}", "{isbn}", "{time} {date}", "#{digits}",
        "https://example.com/items/{digits}?page=2", "https://example.com/o/{uuid}", "id={uuid}", "{year}", "{count}", "{price}",
        "{price} / {price}",
        "Python {version}", "v{version}", "version: {version}", "\"version\": \"{version}\"", "{digits}", "({digits})", "{tracking}",
        "{ean}",
        "for (var i = 0; i < {digits}; i++)", "x = {digits} * 3.14159265358979", "{place} {time}", "<td>{count}</td>",
        "[{digits}, {digits}, {digits}]",
        "git checkout {hash}", "docker pull app@sha256:{hash}", "{version}", "size: {digits} bytes", "{date} {time} build {version} ok",
    ];

    private static readonly Dictionary<string, (string[] Personal, string[] Others)> Languages = new(StringComparer.Ordinal)
    {
        ["en"] = (
        [
            "You can reach me at {phone} after {time}.", "Please call {phone} or write to {email}.", "My number is {bare_phone}.",
            "Mobile: {bare_phone}",
            "My new address is {email}, the old one was {email}.",
            "Hi, this is {first} {last}, {email}. Could you ring me back on {phone}?",
            "Please refund order {order} to my account {iban}.", "I paid {price} with card {card} on {date}.",
            "The card ending is wrong, it should be {card}!",
            "My National Insurance number is {nino}.", "NI number: {nino}, born {date}", "Patient's NHS number {nhs}, seen on {date}.",
            "NHS no. {nhs}",
            "Social security number: {ssn_named}", "My SSN is {ssn_named}, please update it.", "The applicant ({id}) was born on {date}.",
            "Somebody logged in from {ip} at {time}.", "Block {ip} and {ip}, please.", "The password is {password}", "Password: {password}",
            "Use this API key: {token}", "the token {token} was leaked in our repository", "Send the {price} to {iban} before {date}.",
            "{first}'s personnummer is {personnummer}.", "Fax: {phone}. Version {version} has the bug.",
            "contact {email}; {phone}; {street}",
            "Invoice {order} dated {date}: {price}, paid from {iban}.", "Call us ({phone}) about parcel {tracking}.",
        ],
        [
            "Your order {order} was shipped on {date}.", "Tracking number: {tracking}", "Invoice no. {order}, total {price}.",
            "Version {version} fixes bug {order}.",
            "The meeting is on {date} at {time}.", "The city has {count} inhabitants.", "Case number {digits} is closed.",
            "Customer number {digits}, thanks.",
            "We sold {count} units for {price}.", "The book (ISBN {isbn}) costs {price}.", "The password must have 12 characters.",
            "Forgot your password? Reset it here.",
            "Ticket #{digits} is still open since {date}.", "Serial number {digits}", "I ordered {digits} pieces, reference {order}.",
            "Firmware {version} was released in {year}.",
            "He ran 10 km in {time}.", "The secret: patience and good coffee.", "Upgrade from {version} to {version}.",
            "My token of gratitude is small.",
        ]),
        ["de"] = (
        [
            "Sie erreichen mich unter {phone} ab {time} Uhr.", "Bitte rufen Sie {phone} an oder schreiben Sie an {email}.",
            "Meine Nummer ist {bare_phone}.",
            "Handy: {bare_phone}", "Meine neue Adresse lautet {email}.",
            "Hallo, hier ist {first} {last} ({email}). Rückruf bitte unter {phone}.",
            "Bitte überweisen Sie {price} auf {iban}.", "Die Erstattung zur Bestellung {order} geht auf das Konto {iban}.",
            "Ich habe am {date} mit der Karte {card} gezahlt.",
            "Kreditkarte {card}, gültig bis 11/28", "Meine Steuer-ID ist {steuerid}.", "Steueridentifikationsnummer: {steuerid}",
            "IdNr. {steuerid}, geboren am {date}",
            "Der Antragsteller ({id}) ist am {date} geboren.", "Anmeldung von {ip} um {time}.", "Der Server {ip} antwortet nicht.",
            "Das Passwort lautet {password}",
            "Kennwort: {password}", "Der API-Schlüssel {token} steht im Repository.", "Mein Zugangstoken: {token}",
            "Tel. {phone}, Fax {phone}", "Telefon: {phone}",
            "Kunde {first} {last}, {street}, {phone}, {email}", "Rechnung {order} vom {date} über {price}, bezahlt von {iban}.",
            "Rückfragen zum Paket {tracking}: {phone}",
        ],
        [
            "Ihre Bestellung {order} wurde am {date} versandt.", "Sendungsnummer: {tracking}",
            "Rechnungsnummer {order}, Betrag {price}.", "Version {version} behebt Fehler {order}.",
            "Der Termin ist am {date} um {time}.", "Die Stadt hat {count} Einwohner.", "Aktenzeichen {order} ist erledigt.",
            "Kundennummer {digits}, danke.", "Vertragsnummer: {digits}",
            "Wir haben {count} Stück für {price} verkauft.", "Das Buch (ISBN {isbn}) kostet {price}.",
            "Das Passwort muss 12 Zeichen haben.", "Passwort vergessen? Hier klicken.",
            "Ticket {digits} ist seit {date} offen.", "Seriennummer {digits}", "Artikelnummer {digits}, Menge 3",
            "Firmware {version} erschien {year}.", "Zählerstand {digits} am {date}.",
            "Geheimnis: Geduld und guter Kaffee.", "Aktualisierung von {version} auf {version}.", "Auftragsnr. {digits} vom {date}",
        ]),
        ["fr"] = (
        [
            "Vous pouvez me joindre au {phone} après {time}.", "Appelez le {phone} ou écrivez à {email}.",
            "Mon numéro est le {bare_phone}.", "Portable : {bare_phone}",
            "Ma nouvelle adresse est {email}.", "Bonjour, {first} {last} ({email}). Merci de me rappeler au {phone}.",
            "Merci de virer {price} sur {iban}.",
            "Le remboursement de la commande {order} se fait sur le compte {iban}.", "J'ai payé le {date} avec la carte {card}.",
            "Carte bancaire {card}, expire 11/28",
            "Mon numéro de sécurité sociale est le {nir}.", "N° de sécu : {nir}", "NIR {nir}, né le {date}",
            "Le demandeur ({id}) est né le {date}.",
            "Connexion depuis {ip} à {time}.", "Le serveur {ip} ne répond pas.", "Le mot de passe est {password}",
            "Mot de passe : {password}",
            "La clé {token} se trouve dans le dépôt.", "Mon token : {token}", "Tél. : {phone}", "tél {phone} / fax {phone}",
            "{first} {last}, {street}, {phone}, {email}",
            "Facture {order} du {date} de {price}, payée depuis {iban}.", "Numéro national {belgian}, Bruxelles",
            "Pour le colis {tracking}, appelez le {phone}.",
        ],
        [
            "Votre commande {order} a été expédiée le {date}.", "Numéro de suivi : {tracking}", "Facture n° {order}, total {price}.",
            "La version {version} corrige le bug {order}.",
            "Le rendez-vous est le {date} à {time}.", "La ville compte {count} habitants.", "Dossier {order} classé.",
            "Numéro de client {digits}, merci.", "Numéro de contrat : {digits}",
            "Nous avons vendu {count} unités pour {price}.", "Le livre (ISBN {isbn}) coûte {price}.",
            "Le mot de passe doit avoir 12 caractères.", "Mot de passe oublié ? Cliquez ici.",
            "Ticket {digits} ouvert depuis le {date}.", "Numéro de série {digits}", "Référence {order}, quantité 3",
            "Le firmware {version} est sorti en {year}.", "Montant : {price}",
            "Le secret : la patience et un bon café.", "Mise à jour de {version} vers {version}.",
        ]),
        ["es"] = (
        [
            "Puede llamarme al {phone} después de las {time}.", "Llame al {phone} o escriba a {email}.",
            "Mi número es el {bare_phone}.", "Móvil: {bare_phone}",
            "Mi nueva dirección es {email}.", "Hola, soy {first} {last} ({email}). Llámame al {phone}, por favor.",
            "Por favor, transfiera {price} a {iban}.",
            "El reembolso del pedido {order} va a la cuenta {iban}.", "Pagué el {date} con la tarjeta {card}.",
            "Tarjeta {card}, caduca 11/28", "Mi DNI es {dni}.", "DNI: {dni}",
            "NIE {nie}, nacido el {date}", "con DNI n.º {dni}", "El solicitante ({id}) nació el {date}.",
            "Acceso desde {ip} a las {time}.", "El servidor {ip} no responde.",
            "La contraseña es {password}", "Contraseña: {password}", "La clave {token} está en el repositorio.", "Mi token: {token}",
            "Tel.: {phone}", "Teléfono {phone}, fax {phone}",
            "{first} {last}, {street}, {phone}, {email}", "Factura {order} del {date} por {price}, pagada desde {iban}.",
            "Por el paquete {tracking}, llame al {phone}.",
        ],
        [
            "Su pedido {order} se envió el {date}.", "Número de seguimiento: {tracking}", "Factura n.º {order}, total {price}.",
            "La versión {version} corrige el error {order}.",
            "La reunión es el {date} a las {time}.", "La ciudad tiene {count} habitantes.", "Expediente {order} cerrado.",
            "Número de cliente {digits}, gracias.", "Contrato: {order}",
            "Vendimos {count} unidades por {price}.", "El libro (ISBN {isbn}) cuesta {price}.",
            "La contraseña debe tener 12 caracteres.", "¿Olvidó su contraseña? Pulse aquí.",
            "Ticket {digits} abierto desde el {date}.", "Número de serie {digits}", "Referencia {order}, cantidad 3",
            "El firmware {version} salió en {year}.", "Importe: {price}",
            "El secreto: paciencia y buen café.", "Actualización de {version} a {version}.",
        ]),
        ["it"] = (
        [
            "Può chiamarmi al {phone} dopo le {time}.", "Chiami il {phone} o scriva a {email}.", "Il mio numero è {bare_phone}.",
            "Cellulare: {bare_phone}", "Il mio nuovo indirizzo è {email}.",
            "Ciao, sono {first} {last} ({email}). Richiamami al {phone}, grazie.", "Si prega di versare {price} su {iban}.",
            "Il rimborso dell'ordine {order} va sul conto {iban}.",
            "Ho pagato il {date} con la carta {card}.", "Carta {card}, scade 11/28", "Il mio codice fiscale è {codice}.",
            "C.F. {codice}", "Codice fiscale: {codice}, nato il {date}",
            "Il richiedente ({id}) è nato il {date}.", "Accesso da {ip} alle {time}.", "Il server {ip} non risponde.",
            "La parola d'ordine è semplice, la password è {password}",
            "Password: {password}", "La chiave {token} si trova nel repository.", "Il mio token: {token}", "Tel. {phone}",
            "Telefono {phone}, fax {phone}", "{first} {last}, {street}, {phone}, {email}",
            "Fattura {order} del {date} di {price}, pagata da {iban}.", "Per il pacco {tracking}, chiami il {phone}.",
        ],
        [
            "Il suo ordine {order} è stato spedito il {date}.", "Numero di spedizione: {tracking}",
            "Fattura n. {order}, totale {price}.", "La versione {version} corregge l'errore {order}.",
            "La riunione è il {date} alle {time}.", "La città ha {count} abitanti.", "Pratica {order} chiusa.",
            "Numero cliente {digits}, grazie.", "Contratto: {order}",
            "Abbiamo venduto {count} pezzi per {price}.", "Il libro (ISBN {isbn}) costa {price}.",
            "La password deve avere 12 caratteri.", "Password dimenticata? Clicca qui.",
            "Ticket {digits} aperto dal {date}.", "Numero di serie {digits}", "Riferimento {order}, quantità 3",
            "Il firmware {version} è uscito nel {year}.", "Importo: {price}",
            "Il segreto: pazienza e buon caffè.", "Aggiornamento da {version} a {version}.",
        ]),
        ["pl"] = (
        [
            "Proszę dzwonić pod {phone} po {time}.", "Zadzwoń pod {phone} lub napisz na {email}.", "Mój numer to {bare_phone}.",
            "Tel. kom.: {bare_phone}", "Mój nowy adres to {email}.",
            "Dzień dobry, {first} {last} ({email}). Proszę o telefon: {phone}.", "Proszę przelać {price} na {iban}.",
            "Zwrot za zamówienie {order} na konto {iban}.",
            "Zapłaciłem {date} kartą {card}.", "Karta {card}, ważna do 11/28", "Mój PESEL to {pesel}.", "PESEL: {pesel}",
            "nr PESEL {pesel}, ur. {date}", "Wnioskodawca ({id}) urodził się {date}.",
            "Logowanie z {ip} o {time}.", "Serwer {ip} nie odpowiada.", "Hasło to {password}", "Hasło: {password}",
            "Klucz {token} jest w repozytorium.", "Mój token: {token}", "Telefon: {phone}",
            "tel. {phone}, faks {phone}", "{first} {last}, {street}, {phone}, {email}",
            "Faktura {order} z dnia {date} na {price}, zapłacona z {iban}.", "W sprawie paczki {tracking}: {phone}",
        ],
        [
            "Państwa zamówienie {order} wysłano {date}.", "Numer przesyłki: {tracking}", "Faktura nr {order}, razem {price}.",
            "Wersja {version} naprawia błąd {order}.",
            "Spotkanie odbędzie się {date} o {time}.", "Miasto ma {count} mieszkańców.", "Sprawa {order} zamknięta.",
            "Numer klienta {digits}, dziękuję.", "Umowa: {order}",
            "Sprzedaliśmy {count} sztuk za {price}.", "Książka (ISBN {isbn}) kosztuje {price}.", "Hasło musi mieć 12 znaków.",
            "Zapomniałeś hasła? Kliknij tutaj.",
            "Zgłoszenie {digits} otwarte od {date}.", "Numer seryjny {digits}", "Referencja {order}, ilość 3",
            "Firmware {version} wydano w {year}.", "Kwota: {price}",
            "Sekret: cierpliwość i dobra kawa.", "Aktualizacja z {version} do {version}.",
        ]),
        ["nl"] = (
        [
            "U kunt mij bereiken op {phone} na {time}.", "Bel {phone} of schrijf naar {email}.", "Mijn nummer is {bare_phone}.",
            "Mobiel: {bare_phone}", "Mijn nieuwe adres is {email}.",
            "Hallo, met {first} {last} ({email}). Bel me terug op {phone}.", "Maak {price} over naar {iban}.",
            "De terugbetaling van bestelling {order} gaat naar {iban}.",
            "Ik heb op {date} met kaart {card} betaald.", "Creditcard {card}, geldig tot 11/28", "Mijn BSN is {bsn}.", "BSN: {bsn}",
            "burgerservicenummer {bsn}, geboren {date}",
            "Rijksregisternummer {belgian}", "De aanvrager ({id}) is geboren op {date}.", "Aangemeld vanaf {ip} om {time}.",
            "Server {ip} reageert niet.", "Het wachtwoord is {password}",
            "Wachtwoord: {password}", "De sleutel {token} staat in de repository.", "Mijn token: {token}", "Tel. {phone}",
            "Telefoon {phone}, fax {phone}", "{first} {last}, {street}, {phone}, {email}",
            "Factuur {order} van {date} van {price}, betaald vanaf {iban}.", "Voor pakket {tracking}, bel {phone}.",
        ],
        [
            "Uw bestelling {order} is op {date} verzonden.", "Trackingnummer: {tracking}", "Factuurnummer {order}, totaal {price}.",
            "Versie {version} verhelpt fout {order}.",
            "De vergadering is op {date} om {time}.", "De stad heeft {count} inwoners.", "Dossier {order} is gesloten.",
            "Klantnummer {digits}, bedankt.", "Contract: {order}",
            "We verkochten {count} stuks voor {price}.", "Het boek (ISBN {isbn}) kost {price}.",
            "Het wachtwoord moet 12 tekens hebben.", "Wachtwoord vergeten? Klik hier.",
            "Ticket {digits} staat open sinds {date}.", "Serienummer {digits}", "Referentie {order}, aantal 3",
            "Firmware {version} kwam uit in {year}.", "Bedrag: {price}",
            "Het geheim: geduld en goede koffie.", "Update van {version} naar {version}.",
        ]),
        ["pt"] = (
        [
            "Pode ligar-me para o {phone} depois das {time}.", "Ligue para {phone} ou escreva para {email}.",
            "O meu número é {bare_phone}.", "Telemóvel: {bare_phone}", "O meu novo endereço é {email}.",
            "Olá, sou {first} {last} ({email}). Ligue-me para {phone}, por favor.", "Por favor, transfira {price} para {iban}.",
            "O reembolso da encomenda {order} vai para a conta {iban}.",
            "Paguei em {date} com o cartão {card}.", "Cartão {card}, válido até 11/28", "O meu NIF é {nif}.", "NIF: {nif}",
            "contribuinte n.º {nif}", "Meu CPF é {cpf}.", "CPF: {cpf}, nascido em {date}",
            "O requerente ({id}) nasceu em {date}.", "Acesso de {ip} às {time}.", "O servidor {ip} não responde.",
            "A senha é {password}", "Senha: {password}", "A chave {token} está no repositório.",
            "O meu token: {token}", "Tel.: {phone}", "Telefone {phone}, fax {phone}", "{first} {last}, {street}, {phone}, {email}",
            "Fatura {order} de {date} de {price}, paga de {iban}.",
            "Sobre a encomenda {tracking}, ligue {phone}.",
        ],
        [
            "A sua encomenda {order} foi enviada em {date}.", "Código de rastreio: {tracking}", "Fatura n.º {order}, total {price}.",
            "A versão {version} corrige o erro {order}.",
            "A reunião é em {date} às {time}.", "A cidade tem {count} habitantes.", "Processo {order} encerrado.",
            "Número de cliente {digits}, obrigado.", "Contrato: {order}",
            "Vendemos {count} unidades por {price}.", "O livro (ISBN {isbn}) custa {price}.", "A senha deve ter 12 caracteres.",
            "Esqueceu a senha? Clique aqui.",
            "Ticket {digits} aberto desde {date}.", "Número de série {digits}", "Referência {order}, quantidade 3",
            "O firmware {version} saiu em {year}.", "Valor: {price}",
            "O segredo: paciência e bom café.", "Atualização de {version} para {version}.",
        ]),
    };

    /// <summary>The languages' codes.</summary>
    public static IReadOnlyList<string> Codes { get; } = [.. Languages.Keys];

    /// <summary>Texts with values.</summary>
    public static IReadOnlyList<string> Personal(string language) => Languages[language].Personal;

    /// <summary>Texts without values.</summary>
    public static IReadOnlyList<string> Others(string language) => Languages[language].Others;

    /// <summary>Lines of files and logs with values, without a language.</summary>
    public static IReadOnlyList<string> PersonalRecords => Records;

    /// <summary>Lines of files and logs without values.</summary>
    public static IReadOnlyList<string> OthersRecords => OtherRecords;
}
