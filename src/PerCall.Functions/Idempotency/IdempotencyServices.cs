using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PerCall.Client.Wire;
using PerCall.Functions.Storage;
using PerCall.Functions.Storage.Erasure;
using PerCall.Functions.Upkeep;

namespace PerCall.Functions.Idempotency;

/// <summary>Registers idempotency.</summary>
public static class IdempotencyServices
{
    public static void AddIdempotency(this IHostApplicationBuilder builder)
    {
        builder.RequireTable(AnswerStore.Table, TableBackupRule.LeftOut("answers are kept for a day"));
        builder.RequireContainer(AnswerStore.Container, kept: false, ofLostRows: true);
        builder.EraseBlobs(AnswerStore.Container);
        builder.EraseRows(AnswerStore.Table, nameof(ErasedTenant.StoredAnswers));
        builder.EachHour<AnswerSweep>("answers", (sweep, cancellation) => sweep.RunAsync(cancellation));
        builder.Services.AddOptions<IdempotencyOptions>().BindConfiguration(IdempotencyOptions.Section).ValidateDataAnnotations()
            .ValidateOnStart();
        builder.Services.AddSingleton<AnswerStore>();
        builder.Services.AddSingleton<IdempotentCalls>();
        builder.Services.AddSingleton<AnswerSweep>();
    }
}
