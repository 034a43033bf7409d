using System.Net;
using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using PerCall.Client.Wire;
using PerCall.Functions.Storage;
using PerCall.Functions.Storage.Erasure;
using PerCall.Functions.Storage.Work;
using PerCall.Functions.Upkeep;
using PerCall.Functions.Webhooks.Deliveries;
using PerCall.Functions.Webhooks.Sending;
using PerCall.Functions.Webhooks.Signing;
using PerCall.Functions.Webhooks.Targets;

namespace PerCall.Functions.Webhooks;

/// <summary>Registers webhooks.</summary>
public static class WebhookServices
{
    public static void AddWebhooks(this IHostApplicationBuilder builder)
    {
        // Secrets and targets. Deliveries are kept for a while only, and an old row would send an event again.
        builder.RequireTable(DeliveryStore.Name, TableBackupRule.Rows($"{SecretStore.Rows} or {TargetStore.Rows}"));
        builder.RequireContainer(DeliveryStore.Name, kept: false, ofLostRows: true);
        builder.EraseBlobs(DeliveryStore.Name);
        builder.EraseRows(DeliveryStore.Name, nameof(ErasedTenant.WebhookRows), MarkedAccounts.OfAccount);
        var services = builder.Services;
        services.AddOptions<WebhookOptions>().BindConfiguration(WebhookOptions.Section).ValidateDataAnnotations()
            .Validate(
                o =>
                    RetrySchedule.Parse(o.Retries) is not null,
                    $"{WebhookOptions.Section}:{nameof(WebhookOptions.Retries)} is not a retry schedule; expected {RetrySchedule.Rule}")
            .ValidateOnStart();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<ResolveHost>(Dns.GetHostAddressesAsync);
        services.AddSingleton<TargetRules>();
        services.AddSingleton<WebhookSender>();
        services.AddSingleton(s => new DeliveryStore(
            Table(s),
            Get<BlobContainers>(s)[DeliveryStore.Name],
            Get<TargetStore>(s),
            Get<IOptions<WebhookOptions>>(s).Value,
            Get<TimeProvider>(s))
        { Rows = { Opened = Get<UpkeepClock>(s).Wake } });
        services.AddSingleton<DeliveryRuns>();
        services.AddHostedService(s => s.GetRequiredService<DeliveryRuns>());
        services.AddSingleton(s => new WebhookMessages(Get<WorkQueue>(s), Get<IOptions<WebhookOptions>>(s).Value.Grace));
        // An attempt runs in the background, so its message takes no place.
        builder.HandleWork(s => new(WebhookMessages.Kind, (message, cancellation) => BeginAsync(s, message, cancellation))
        {
            OldQueues = ["webhooks", "webhooks-poison"],
            GiveUpAsync = (message, _) => Get<WebhookCourier>(s).GiveUpAsync(RowMessages.Parse(message).Item),
        });
        services.AddSingleton<WebhookOutbox>();
        services.AddSingleton(s => new TargetStore(Table(s)));
        services.AddSingleton(s => new SecretStore(Table(s), Get<TimeProvider>(s)));
        services.AddSingleton<WebhookCourier>();
        builder.EachRound<DeliverySweep>("webhooks", (sweep, cancellation) => sweep.ResendAsync(cancellation));
        builder.EachHour<DeliverySweep>("webhooks-expiry", (sweep, cancellation) => sweep.ExpireAsync(cancellation));
        services.AddSingleton<DeliverySweep>();
        services.AddSingleton<WebhookBook>();
    }

    private static Task<bool> BeginAsync(IServiceProvider services, WorkMessage message, CancellationToken cancellation)
    {
        var row = RowMessages.Parse(message);
        return Get<WebhookCourier>(services).BeginAsync(row.Account, row.Item, cancellation);
    }

    private static TableClient Table(IServiceProvider services) => Get<TableServiceClient>(services).GetTableClient(DeliveryStore.Name);

    private static T Get<T>(IServiceProvider services) where T : notnull => services.GetRequiredService<T>();
}
