using System.Text.Json.Nodes;
using PerCall.Inference.Packages;
using Xunit;

namespace PerCall.Inference.Tests.Deriving;

public sealed class TextDeriverTests
{
    /// <summary>Splits at white space and lower-cases; [CLS] before and [SEP] behind a text.</summary>
    private const string Tokenizer = """
        {
          "version": "1.0", "truncation": null, "padding": null,
          "added_tokens": [
            {"id": 0, "content": "[PAD]", "special": true, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false},
            {"id": 1, "content": "[UNK]", "special": true, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false},
            {"id": 2, "content": "[CLS]", "special": true, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false},
            {"id": 3, "content": "[SEP]", "special": true, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false}],
          "normalizer": {"type": "Lowercase"},
          "pre_tokenizer": {"type": "WhitespaceSplit"},
          "post_processor": {
            "type": "TemplateProcessing",
            "single": [
              {"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
              {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
            "pair": [
              {"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
              {"SpecialToken": {"id": "[SEP]", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}},
              {"SpecialToken": {"id": "[SEP]", "type_id": 1}}],
            "special_tokens": {
              "[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]}, "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}}},
          "decoder": null,
          "model": {
            "type": "WordLevel", "unk_token": "[UNK]",
            "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "the": 4, "parcel": 5, "delivery": 6, "was": 7}}
        }
        """;

    [Fact]
    public async Task Derive_OfOneInputBesideATokenizer_TakesItForIds()
    {
        using var folder = new DerivedFolder(Graphs.MeanOfAll("sentence")).Add("tokenizer.json", Tokenizer);

        var manifest = await folder.ManifestAsync("labels=values");

        Assert.Equal("sentence", (string?)manifest["text"]!["inputs"]!["ids"]);
        Assert.Equal("prediction", (string?)manifest["task"]);
    }

    [Fact]
    public async Task Derive_OfATokenizer_MakesItsIds()
    {
        using var folder = new DerivedFolder(Graphs.MeanOfIds()).Add("tokenizer.json", Tokenizer);

        var manifest = await folder.ManifestAsync("labels=values");

        var tokenizer = manifest["text"]!["tokenizer"]!;
        Assert.Equal(
            ("huggingface", "[CLS]", "[SEP]", "[PAD]"),
            ((string?)tokenizer["kind"], (string?)tokenizer["start"], (string?)tokenizer["end"], (string?)tokenizer["padding"]));
        var example = JsonNode.Parse(folder.Read("golden.jsonl"))!;
        // The graph gives the mean of the ids. Words that are not in the vocabulary have 1.
        var words = ((string)example["text"]!).ToLowerInvariant().Split(' ');
        var ids = words.Select(w => w switch { "the" => 4, "parcel" => 5, "was" => 7, _ => 1 }).Prepend(2).Append(3);
        Assert.Equal(ids.Average(), (double)example["values"]![0]!, 1e-4);
    }

    [Fact]
    public async Task Derive_OfASingleNumberForTwoTexts_RanksPairs()
    {
        using var folder = new DerivedFolder(Graphs.MeanOfIds(logits: 1)).Add("tokenizer.json", Tokenizer).Add(
            "config.json",
            """
            {"architectures": ["BertForSequenceClassification"], "id2label": {"0": "LABEL_0"}, "max_position_embeddings": 40,
             "sentence_transformers": {"activation_fn": "torch.nn.modules.linear.Identity"}}
            """);

        var manifest = await folder.ManifestAsync();

        Assert.Equal(("text-ranking", 40), ((string?)manifest["task"], (int?)manifest["text"]!["max_length"]));
        Assert.Equal("none", (string?)manifest["output"]!["activation"]);
        Assert.Equal("""["[SEP]"]""", manifest["text"]!["pair"]!["separator"]!.ToJsonString());
        var example = JsonNode.Parse(folder.Read("golden.jsonl"))!;
        int[] Ids(string text) => [.. text.ToLowerInvariant().Split(' ').Select(
            w => w switch { "the" => 4, "parcel" => 5, "delivery" => 6, "was" => 7, _ => 1 })];
        int[] ids = [2, .. Ids((string)example["text"]!), 3, .. Ids((string)example["pair"]!), 3];
        Assert.Equal(ids.Average(), (double)example["values"]![0]!, 1e-4);
    }

    [Fact]
    public async Task Derive_OfASingleNumber_AsksWhatItIs()
    {
        using var folder = new DerivedFolder(Graphs.MeanOfIds(logits: 1)).Add("tokenizer.json", Tokenizer).Add(
            "config.json", """{"architectures": ["BertForSequenceClassification"], "id2label": {"0": "LABEL_0"}}""");

        Assert.Equal("task", Assert.Single((await folder.RefuseAsync()).Faults).Where);
        Assert.Equal(ModelTask.Prediction, (await folder.DeriveAsync("task=prediction")).Manifest.Task);
        Assert.Equal(ModelTask.TextRanking, (await folder.DeriveAsync("task=text-ranking")).Manifest.Task);
    }

    [Fact]
    public async Task Derive_OfInference_ReadsPairs()
    {
        using var folder = new DerivedFolder(Graphs.MeanOfIds()).Add("tokenizer.json", Tokenizer).Add(
            "config.json",
            """{"architectures": ["BertForSequenceClassification"], "id2label": {"0": "entailment", "1": "contradiction"}}""");

        var manifest = await folder.ManifestAsync();

        Assert.Equal("text-classification", (string?)manifest["task"]);
        Assert.NotNull(manifest["text"]!["pair"]);
    }

    [Fact]
    public async Task Derive_OfATagger_LabelsParts()
    {
        using var folder = new DerivedFolder(Graphs.PerToken("logits")).Add("tokenizer.json", Tokenizer).Add(
            "config.json", """{"architectures": ["BertForTokenClassification"], "id2label": {"0": "WORD", "1": "O"}}""");

        var derived = await folder.DeriveAsync();

        Assert.Equal(ModelTask.TokenClassification, derived.Manifest.Task);
        // Each token's first value is the larger one, so each word is a part.
        Assert.StartsWith("WORD 0–3, WORD 4–10", derived.Answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"pooling_mode_mean_tokens": true, "pooling_mode_cls_token": false}""", "mean")]
    [InlineData("""{"pooling_mode_mean_tokens": false, "pooling_mode_cls_token": true}""", "cls")]
    public async Task Derive_OfSentenceTransformers_PoolsAsTheyDo(string pooling, string expected)
    {
        using var folder = new DerivedFolder(Graphs.PerToken("last_hidden_state")).Add("tokenizer.json", Tokenizer)
            .Add("config.json", """{"architectures": ["BertModel"], "max_position_embeddings": 512}""")
            .Add(
                "modules.json",
                """
                [{"type": "sentence_transformers.models.Transformer"}, {"type": "sentence_transformers.models.Pooling"},
                 {"type": "sentence_transformers.models.Normalize"}]
                """)
            .Add("1_Pooling/config.json", pooling).Add("sentence_bert_config.json", """{"max_seq_length": 24}""");

        var manifest = await folder.ManifestAsync();

        var output = manifest["output"]!;
        Assert.Equal(
            ("embedding", expected, "l2", 24),
            ((string?)manifest["task"], (string?)output["pooling"], (string?)output["normalize"], (int?)manifest["text"]!["max_length"]));
        var values = JsonNode.Parse(folder.Read("golden.jsonl"))!["values"]!;
        Assert.Equal(Math.Sqrt(0.5), (double)values[0]!, 1e-5);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Derive_OfVectorsThatNothingPools_Asks(bool hasPooler)
    {
        using var folder = new DerivedFolder(Graphs.PerToken("last_hidden_state", hasPooler)).Add("tokenizer.json", Tokenizer);

        Assert.Equal("pooling", Assert.Single((await folder.RefuseAsync()).Faults).Where);
        Assert.Equal(ModelTask.Embedding, (await folder.DeriveAsync("pooling=cls")).Manifest.Task);
    }

    [Theory]
    [InlineData("""{"do_lower_case": true, "model_max_length": 1000000000000000019884624838656}""", true, 512)]
    [InlineData("""{"do_lower_case": false, "model_max_length": 128}""", false, 128)]
    public async Task Derive_OfAVocabulary_ReadsTheTokenizersConfiguration(string config, bool lower, int length)
    {
        using var folder = new DerivedFolder(Graphs.MeanOfIds()).Add("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\nthe\nparcel")
            .Add("tokenizer_config.json", config);

        var text = (await folder.ManifestAsync("labels=numbers"))["text"]!;

        Assert.Equal(("wordpiece", lower), ((string?)text["tokenizer"]!["kind"], (bool)text["normalize"]!["lowercase"]!));
        Assert.Equal(length, (int)text["max_length"]!);
    }

    [Fact]
    public async Task Derive_OfPlacesThatAreReserved_LeavesThemFree()
    {
        using var folder = new DerivedFolder(Graphs.MeanOfIds()).Add("tokenizer.json", Tokenizer).Add(
            "config.json",
            """
            {"architectures": ["RobertaForSequenceClassification"], "model_type": "roberta", "max_position_embeddings": 514,
             "pad_token_id": 1, "id2label": {"0": "a", "1": "b"}}
            """);

        Assert.Equal(512, (int?)(await folder.ManifestAsync())["text"]!["max_length"]);
    }

    [Fact]
    public async Task Derive_OfADamagedTokenizer_NamesIt()
    {
        using var folder = new DerivedFolder(Graphs.MeanOfIds())
            .Add("tokenizer.json", """{"model": {"type": "Unknown", "vocab": {}}}""");

        Assert.Equal("tokenizer.json", Assert.Single((await folder.RefuseAsync()).Faults).Where);
    }

    [Fact]
    public async Task Derive_OfALanguageModel_TakesItsTensors()
    {
        using var folder = new DerivedFolder(Graphs.PerToken("logits")).Add("tokenizer.json", Tokenizer)
            .Add("config.json", """{"architectures": ["BertForMaskedLM"]}""");

        var derived = await folder.DeriveAsync();

        Assert.Equal(ModelTask.Tensors, derived.Manifest.Task);
        Assert.Contains(
            "BertForMaskedLM has no task of PerCall", derived.Facts.Single(f => f.Member == "task").Source, StringComparison.Ordinal);
    }
}
