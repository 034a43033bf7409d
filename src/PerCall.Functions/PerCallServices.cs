using Microsoft.Extensions.Hosting;
using PerCall.Functions.ApiReference;
using PerCall.Functions.Audit;
using PerCall.Functions.Backups;
using PerCall.Functions.Batches;
using PerCall.Functions.Budget;
using PerCall.Functions.Development;
using PerCall.Functions.Embeddings;
using PerCall.Functions.HuggingFace;
using PerCall.Functions.Idempotency;
using PerCall.Functions.Images;
using PerCall.Functions.Journal;
using PerCall.Functions.LargeModels;
using PerCall.Functions.LargeModels.Classification;
using PerCall.Functions.Limits;
using PerCall.Functions.Metering;
using PerCall.Functions.Models;
using PerCall.Functions.OpenInference;
using PerCall.Functions.Operators;
using PerCall.Functions.Predict;
using PerCall.Functions.Predictions;
using PerCall.Functions.Ranking;
using PerCall.Functions.Recommend;
using PerCall.Functions.Redaction;
using PerCall.Functions.Requests;
using PerCall.Functions.Scoring;
using PerCall.Functions.Security;
using PerCall.Functions.Startup;
using PerCall.Functions.Storage;
using PerCall.Functions.Storage.Formats;
using PerCall.Functions.Storage.Work;
using PerCall.Functions.Telemetry;
using PerCall.Functions.Tenancy;
using PerCall.Functions.Text;
using PerCall.Functions.Transfers;
using PerCall.Functions.Upkeep;
using PerCall.Functions.Webhooks;

namespace PerCall.Functions;

/// <summary>Registers the service: all slices.</summary>
public static class PerCallServices
{
    public static void AddPerCall(this IHostApplicationBuilder builder)
    {
        builder.AddTelemetry();
        builder.AddUpkeep();
        builder.AddRequests();
        builder.AddStorage();
        builder.AddStorageFormats();
        builder.AddWork();
        builder.AddOperators();
        builder.AddAudit();
        builder.AddTenancy();
        builder.AddBudget();
        builder.AddLimits();
        builder.AddJournal();
        builder.AddMetering();
        builder.AddIdempotency();
        builder.AddTransfers(FunctionsHost.BodyBytes(builder.Configuration));
        builder.AddModels();
        builder.AddWebhooks();
        builder.AddScoring();
        builder.AddPredictions();
        builder.AddImages();
        builder.AddText();
        builder.AddRecommend();
        builder.AddPredict();
        builder.AddRanking();
        builder.AddOpenInference();
        builder.AddLargeModels();
        builder.AddEmbeddings();
        builder.AddLargeModelClassification();
        builder.AddHuggingFace();
        builder.AddRedaction();
        builder.AddBatches();
        builder.AddBackups();
        builder.AddApiReference();
        builder.AddSecurity();
        builder.AddReadyLine();
    }
}
