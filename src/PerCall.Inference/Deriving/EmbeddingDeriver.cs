using System.Text.Json.Nodes;

namespace PerCall.Inference.Deriving;

/// <summary>Derives vectors of texts, and how a vector per token becomes one.</summary>
internal sealed class EmbeddingDeriver(Draft draft, GraphFacts graph, OutputDeriver output)
{
    private const string Pooling = "1_Pooling/config.json";

    /// <summary>Names that exporters give to an output with one vector for each text.</summary>
    private static readonly string[] Pooled = ["sentence_embedding", "text_embeds", "embeddings", "pooled_output"];

    /// <summary>Writes the section <c>output</c>.</summary>
    /// <returns>False if no output is a vector for each text or token.</returns>
    public bool TryDerive()
    {
        var pooled = Pooled.Select(graph.Output).FirstOrDefault(o => o is not null);
        var modules = draft.Folder.Find("modules.json") is { } file ? draft.Folder.Read(file) as JsonArray : null;
        if (pooled is not null && output.ShapeOf(pooled) is [_, var width])
        {
            output.Values(pooled, width);
        }
        else if (output.Choose(3, "last_hidden_state", "token_embeddings") is { } tokens && output.ShapeOf(tokens) is { Length: 3 } shape)
        {
            output.Output(tokens, shape);
            draft.Set("output.kind", "values", "the graph: a vector for each token");
            Pool(modules);
        }
        else
        {
            return false;
        }

        if (Has("Normalize"))
        {
            draft.Set("output.normalize", "l2", "modules.json: Normalize");
        }

        if (Has("Dense") && pooled is null)
        {
            draft.Notes.Add(
                "modules.json has a Dense layer after the pooling, which is not in the graph, so the vectors differ from those of "
                    + "sentence-transformers. Export the whole model with sentence-transformers' backend onnx.");
        }

        return true;

        bool Has(string layer) =>
            modules?.Any(m => ((string?)m?["type"])?.EndsWith(layer, StringComparison.Ordinal) == true) == true;
    }

    private void Pool(JsonArray? modules)
    {
        if (modules is not null && draft.Folder.Json(Pooling) is { } config)
        {
            var mode = (string?)config["pooling_mode"]
                ?? (IsOn(config, "pooling_mode_cls_token") ? "cls" : IsOn(config, "pooling_mode_mean_tokens") ? "mean" : null);
            if (mode is "cls" or "mean")
            {
                draft.Set("output.pooling", mode, Pooling);
                return;
            }
        }

        var answer = draft.Ask(new(
            "pooling", "The graph gives a vector for each token. How do they become one: the first token's (cls), or their mean?",
            ["mean", "cls"], "mean"));
        draft.Set("output.pooling", answer, "pooling");
    }

    private static bool IsOn(JsonObject config, string name) =>
        config[name] is JsonValue value && value.TryGetValue<bool>(out var on) && on;
}
