using System.Collections.Frozen;

namespace PerCall.Inference.Redaction.Finding;

/// <summary>What a word says about the number after it.</summary>
[Flags]
internal enum Topic
{
    None = 0,
    Phone = 1,
    Id = 2,
    Card = 4,

    /// <summary>Orders, invoices, parcels, articles and other things with numbers.</summary>
    Thing = 8,
    Version = 16,

    /// <summary>A person or company. With a word for a number, it is a customer number.</summary>
    Holder = 32,

    /// <summary>A word for a number.</summary>
    Number = 64,

    /// <summary>"My", in several languages. "My number" is a phone number.</summary>
    Mine = 128,

    /// <summary>A word that may be between a label and its number.</summary>
    Link = 256,
}

/// <summary>Words in eight languages by topic. A star stands for any ending.</summary>
internal static class Topics
{
    private const int MinStem = 3;
    private const int MaxStem = 14;

    private static readonly (Topic Topic, string Words)[] Words =
    [
        (Topic.Phone,
            """
            tel telef* teleph* telfon* tél téléph* phone* mobil* móvil* cell cellul* cellphone* celular* handy* rufnummer* festnetz* fax*
            whatsapp* sms call* anruf* rufen ruf ruft rufe durchwahl* erreich* reach* dial* ring rings text hotline* contact* kontakt*
            portable* appel* joign* joind* rappel* llam* llám* contáct* chiam* cellulare* contatt* zadzwo* dzwon* dzwoń* komórk* komork*
            bel bellen gebeld belt bereik* terugbel* mobiele* ligue* ligar* liga telem* telefone* telemóvel* contacto* números landline*
            """),
        (Topic.Id,
            """
            bsn burgerservice* sofi sofinummer* nif nifs contribuinte* fiscal* fiscale* nhs ssn social sociale security steuer* steuerid* identifik* idnr
            tin tax taxpayer* nir sécurité sécu insee dni nie codice pesel* rijksregister* national* nationaal* personnummer*
            henkilö* hetu nino insurance cpf identity identité identidad* identità* identyfik* nationaler nino* vat
            """),
        (Topic.Card,
            """
            card* karte* kreditkarte* kredit* carte* tarjeta* carta karta* karty kartą creditcard* kaart* cartão* cartao* visa* mastercard*
            amex* maestro* debit* credit*
            """),
        (Topic.Thing,
            """
            order* bestell* auftrag* rechnung* invoice* sendung* paket* tracking* track* parcel* shipment* package* commande* facture*
            colis* suivi* pedido* factura* envío* seguimiento* ordine* fattura* spedizione* pacco* zamówien* zamowien* faktur* przesył*
            paczk* bestelling* factuur* zending* pakket* encomenda* fatura* ref refs reference* referen* référence* riferimento* ticket*
            case vorgang* aktenzeichen* artikel* article* artículo* articolo* artigo* artykuł* sku serial* serien* série serie isbn* ean*
            gtin* imei* lot batch* charge transaction* transakt* transakc* buchung* booking* reserv* réserv* hash* commit* kundenn*
            klantn* vertrag* contract* contrat* barcode* code* kod kodu código* codes meter zähler* asin part teile* vin seryjn* expediente* dossier* pratica* spraw* processo* zaak* akte*
            zgłosz* umow* fall schaden* error* erreur* fehler* bug erro errore* fout błąd*
            """),
        (Topic.Version,
            """
            version* versión* versione* wersj* versie* versão* versao* v ver build* release* firmware* driver* treiber* update* upgrade*
            patch* mise revision* aktualisier* aggiorna* actualiz* atualiz*
            """),
        (Topic.Holder, "customer* client* cliente* kunde kunden klient* klant* klanten cliënt*"),
        (Topic.Number, "number* nummer* numero* numéro* número* numer* nr no n nº num"),
        (Topic.Mine, "my mine mein meine meiner mi mis mon ma mio mia mój moja mojego mijn meu minha"),
        (Topic.Link,
            """
            is ist lautet est es è jest to é of the der die das des de la le les du del della di do da dell il el o a et y und and id
            from von vers naar auf para em z w na au aux al alla ao beta alpha rc jour à
            """),
    ];

    private static readonly FrozenDictionary<string, Topic> Exact = Build(stems: false);
    private static readonly FrozenDictionary<string, Topic> Stems = Build(stems: true);

    /// <summary>Returns the topics of a word in small letters.</summary>
    public static Topic Of(ReadOnlySpan<char> word)
    {
        var topic = Exact.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(word, out var exact) ? exact : Topic.None;
        var stems = Stems.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var length = Math.Min(word.Length, MaxStem); length >= MinStem; length--)
        {
            if (stems.TryGetValue(word[..length], out var found))
            {
                return topic | found;
            }
        }

        return topic;
    }

    private static FrozenDictionary<string, Topic> Build(bool stems)
    {
        var topics = new Dictionary<string, Topic>(StringComparer.Ordinal);
        foreach (var (topic, words) in Words)
        {
            foreach (var word in words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Where(w => w.EndsWith('*') == stems))
            {
                var key = word.TrimEnd('*');
                topics[key] = topics.GetValueOrDefault(key) | topic;
            }
        }

        return topics.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
