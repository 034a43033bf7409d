using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PerCall.Functions.Pricing;
using PerCall.Functions.Scoring;
using PerCall.Inference.Packages;

namespace PerCall.Functions.Embeddings;

/// <summary>Registers vectors of texts.</summary>
public static class EmbeddingServices
{
    public static void AddEmbeddings(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<EmbeddingScorer>();
        builder.Services.AddSingleton<ITaskScorer>(s => s.GetRequiredService<EmbeddingScorer>());
        builder.Services.AddSingleton(new TaskOperations(ModelTask.Embedding, [EmbeddingScorer.Embed]));
    }
}
